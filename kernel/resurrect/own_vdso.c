// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which vDSO this kernel maps: the GNU build id in its notes. It is an ELF file that is mapped whole, linked at 0
 * (vdso(7)); the kernel made it, and it is believed as the kernel is.
 */
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "bringup.h"

static size_t align4(size_t bytes)
{
	return (bytes + 3) & ~(size_t)3;
}

/* True where it is among the notes. */
static bool find_build_id(const char *notes, size_t bytes, unsigned char build_id[20])
{
	while (bytes >= sizeof(Elf64_Nhdr)) {
		const Elf64_Nhdr *note = (const void *)notes;
		const char *name = (const char *)(note + 1);
		const char *desc = name + align4(note->n_namesz);
		size_t size = desc + align4(note->n_descsz) - notes;

		if (size > bytes)
			return false;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_descsz == 20 && note->n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU))) {
			memcpy(build_id, desc, 20);
			return true;
		}
		notes += size;
		bytes -= size;
	}
	return false;
}

void own_vdso(unsigned char build_id[20])
{
	const Elf64_Ehdr *image = (const void *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Phdr *segment;

	if (!image || memcmp(image->e_ident, ELFMAG, SELFMAG))
		return;
	segment = (const void *)((const char *)image + image->e_phoff);
	for (unsigned i = 0; i < image->e_phnum; i++)
		if (segment[i].p_type == PT_NOTE &&
		    find_build_id((const char *)image + segment[i].p_offset, segment[i].p_filesz, build_id))
			return;
}

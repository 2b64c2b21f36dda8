/* SPDX-License-Identifier: GPL-2.0-only */
/* The main kernel's side: what the CPUs hold at a panic goes into the area of ../uapi/panic_area.h. */
#ifndef OTHERWORLD_PANIC_SAVE_H
#define OTHERWORLD_PANIC_SAVE_H

/* Arms it: 0, or -errno, said in the log. Nothing of ours runs from then on until the kernel panics. */
int ow_panic_save_init(void);
void ow_panic_save_exit(void);

#endif

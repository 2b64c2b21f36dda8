// Types of what we use of `elfy`, which ships none. All 64-bit fields are rounded to doubles: only for `elf.ts`.

declare module 'elfy' {
  export interface ElfyHeader {
    readonly class: '32' | '64';
    readonly endian: 'lsb' | 'msb';
    /** Undefined where elfy does not know the number. */
    readonly type: string | undefined;
    readonly machine: string | undefined;
    readonly phoff: number;
    readonly phnum: number;
    readonly phentsize: number;
  }
  export interface ElfyProgram {
    readonly type: string | undefined;
    readonly offset: number;
    readonly filesz: number;
  }
  export class Parser {
    /** Throws an untyped Error for what is no ELF header. */
    parseHeader(header: Buffer): ElfyHeader;
    parsePrograms(
      headers: Buffer,
      header: Pick<ElfyHeader, 'class' | 'phoff' | 'phnum' | 'phentsize'>,
    ): ElfyProgram[];
  }
}

// The symbol library: System.maps and types files by build id, for dumps whose own tables are damaged. The user's own
// ($XDG_DATA_HOME/otherworld/symbols, filled by `ow symbols import`) come before what ships in symbols/.

import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAP = /^([0-9a-f]{8,128})\.map$/;

export interface LibraryMap {
  readonly buildId: string;
  readonly path: string;
}

/** Where `ow symbols import` puts files, as the XDG base directory specification says. */
export function userLibrary(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { XDG_DATA_HOME } = env;
  return join(XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'otherworld', 'symbols');
}

/** The package's symbols/ folder; undefined where it was installed without. */
export function shippedLibrary(): string | undefined {
  // From src/parsers/symbols/ and from dist/cli/ it is as many folders up as it takes to meet symbols/README.md.
  for (const up of ['../../../symbols', '../../symbols', '../symbols']) {
    const folder = fileURLToPath(new URL(up, import.meta.url));
    if (existsSync(join(folder, 'README.md'))) return folder;
  }
  return undefined;
}

export class SymbolLibrary {
  constructor(private readonly folders: readonly string[]) {}

  /** The user's library, then the shipped one. */
  static standard(shipped = shippedLibrary()): SymbolLibrary {
    return new SymbolLibrary(shipped === undefined ? [userLibrary()] : [userLibrary(), shipped]);
  }

  *maps(): Generator<LibraryMap> {
    for (const folder of this.folders) {
      for (const name of filesIn(folder)) {
        const buildId = MAP.exec(name)?.[1];
        if (buildId !== undefined) yield { buildId, path: join(folder, name) };
      }
    }
  }

  /** Path of the BTF of a build. */
  types(buildId: string): string | undefined {
    return this.folders.map((folder) => join(folder, `${buildId}.btf`)).find((path) => existsSync(path));
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // no library is no fault
  }
}

// The package's version: put in by the build; `dev` when run from source.
declare const __OTHERWORLD_VERSION__: string | undefined;

export const VERSION: string = typeof __OTHERWORLD_VERSION__ === 'string' ? __OTHERWORLD_VERSION__ : 'dev';

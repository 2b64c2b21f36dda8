export function withSharedClasses(program: string, sourceType: 'script' | 'module'): string;

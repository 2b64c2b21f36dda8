// The schema's snake_case names as TypeScript and JSON have them.

export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

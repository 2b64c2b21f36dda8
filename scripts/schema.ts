// Generates docs/schema/outputs.json, the JSON schema of everything that --json prints, from src/cli/schema.ts, and
// docs/schema/snapshot.json, that of a snapshot, from src/snapshot/snapshot.ts. `npm run schema` writes them; a test
// compares.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGenerator, type Schema } from 'ts-json-schema-generator';
import { RECORD_VERSIONS } from '../src/cli/records.js';
import { VERSIONS } from '../src/cli/schema.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const SCHEMA_FILE = join(root, 'docs/schema/outputs.json');
export const SNAPSHOT_SCHEMA_FILE = join(root, 'docs/schema/snapshot.json');

const OPTIONS = { tsconfig: join(root, 'tsconfig.json'), skipTypeCheck: true, additionalProperties: false };

export function snapshotSchema(): string {
  const path = join(root, 'src/snapshot/snapshot.ts');
  const schema = createGenerator({ ...OPTIONS, path, type: 'Snapshot' }).createSchema('Snapshot');
  return `${JSON.stringify({ title: 'What ow snapshot writes', ...schema }, null, 2)}\n`;
}

export function outputSchema(): string {
  const path = join(root, 'src/cli/{schema,records}.ts');
  // One program for all three: compiling it is what takes the time.
  const generator = createGenerator({ ...OPTIONS, path });
  const { Outputs: outputs, ...definitions } = definitionsOf('Outputs');
  const envelopes = Object.entries(VERSIONS).map(([name, version]) => {
    const data = (outputs as Schema).properties?.[name];
    return envelope(`otherworld/${name}/${version}`, data as Schema);
  });
  const { Records: records, ...more } = definitionsOf('Records');
  const flat = Object.entries(RECORD_VERSIONS).map(([name, version]) => {
    const data = (records as Schema).properties?.[name];
    return labelled(`otherworld/${name}/${version}`, data as Schema, more as Record<string, Schema>);
  });
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'What ow-inspect and ow print with --json',
    anyOf: [...envelopes, ...flat, { $ref: '#/definitions/ErrorOutput' }],
    definitions: { ...definitions, ...more, ...definitionsOf('ErrorOutput') },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;

  function definitionsOf(type: string) {
    return generator.createSchema(type).definitions ?? {};
  }
}

/** docs/json.md. */
function envelope(schema: string, data: Schema) {
  return {
    type: 'object',
    properties: { schema: { const: schema }, data, faults: { type: 'integer', minimum: 0 } },
    required: ['schema', 'data', 'faults'],
    additionalProperties: false,
  };
}

/** An object as it is, and its schema's name. */
function labelled(schema: string, data: Schema, definitions: Record<string, Schema>): Schema {
  const name = data.$ref === undefined ? null : decodeURIComponent(data.$ref.replace('#/definitions/', ''));
  const shape = name === null ? data : definitions[name];
  if (shape?.properties === undefined) throw new Error(`${schema} is no object`);
  return {
    ...shape,
    properties: { schema: { const: schema }, ...shape.properties },
    required: ['schema', ...(shape.required ?? [])],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(SCHEMA_FILE, outputSchema());
  writeFileSync(SNAPSHOT_SCHEMA_FILE, snapshotSchema());
}

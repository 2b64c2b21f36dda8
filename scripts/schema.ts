// Generates docs/schema/outputs.json, the JSON schema of everything that --json prints, from src/cli/schema.ts, and
// docs/schema/snapshot.json, that of a snapshot, from src/snapshot/snapshot.ts. `npm run schema` writes them; a test
// compares.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGenerator, type Schema } from 'ts-json-schema-generator';
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
  const config = { ...OPTIONS, path: join(root, 'src/cli/schema.ts') };
  const { Outputs: outputs, ...definitions } = definitionsOf('Outputs');
  const envelopes = Object.entries(VERSIONS).map(([name, version]) => {
    const data = (outputs as Schema).properties?.[name];
    return envelope(`otherworld/${name}/${version}`, data as Schema);
  });
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'What ow-inspect prints with --json',
    anyOf: [...envelopes, { $ref: '#/definitions/ErrorOutput' }],
    definitions: { ...definitions, ...definitionsOf('ErrorOutput') },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;

  function definitionsOf(type: string) {
    return createGenerator({ ...config, type }).createSchema(type).definitions ?? {};
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(SCHEMA_FILE, outputSchema());
  writeFileSync(SNAPSHOT_SCHEMA_FILE, snapshotSchema());
}

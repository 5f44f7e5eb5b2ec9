// Writes the types of the console's client. Run it when a contract has changed.
import { writeFile } from 'node:fs/promises';
import { apiTypes, TYPES_FILE } from './api-types.ts';

await writeFile(TYPES_FILE, await apiTypes());

// Tidemark on SQLite beside statements written by hand and beside peers, all promises on. bench/README.md says what
// each row does. ROWS=A1,T64 measures only these; sizes come from the environment.
import { runRows } from './harness/run-rows.ts';
import { sqliteRows } from './rows/sqlite.ts';

await runRows(sqliteRows());

/**
 * What the writing thread runs: a text, so that it starts alike from sources and from a bundle, and as a script or, where
 * Node was told so of texts, as a module. `driver` is what to require, `settings` are pragmas of each connection.
 * `writing-thread.ts` says which messages come and go.
 */
export const WRITING_THREAD_PROGRAM = `
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
const { createRequire } = process.getBuiltinModule('node:module');
const { DatabaseSync } = createRequire(process.execPath)(workerData.driver);

const files = new Map();
const parts = new Map();

function openFile(file, path) {
  const known = files.get(file);
  if (known !== undefined) return known;
  const opened = { database: new DatabaseSync(path), statements: new Map() };
  files.set(file, opened);
  for (const setting of workerData.settings) opened.database.exec('PRAGMA ' + setting);
  return opened;
}

function closeFile(file) {
  files.get(file)?.database.close();
  files.delete(file);
}

function prepare({ database, statements }, sql) {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = database.prepare(sql);
  statements.set(sql, statement);
  return statement;
}

function refusal(opened, guards) {
  for (const { sql, values } of guards) {
    const row = prepare(opened, sql).get(...values);
    if (row !== undefined) return Object.values(row)[0];
  }
  return undefined;
}

function write(opened, { sql, columns, values }) {
  const statement = prepare(opened, sql);
  for (let at = 0; at < values.length; at += columns) {
    statement.run(...values.slice(at, at + columns));
  }
}

function carryOut({ file, path, guards }, writes) {
  let isUnknown = false;
  try {
    const opened = openFile(file, path);
    opened.database.exec('BEGIN IMMEDIATE');
    const refused = refusal(opened, guards);
    if (refused !== undefined) {
      opened.database.exec('ROLLBACK');
      return { refused };
    }
    for (const one of writes) write(opened, one);
    isUnknown = true;
    opened.database.exec('COMMIT');
    return {};
  } catch (error) {
    // Whatever state this connection is in ends here; the next change opens the file anew.
    closeFile(file);
    const { message, code, errcode } = error;
    return { failed: { message, code, errcode }, isUnknown };
  }
}

function takeParts(id) {
  const taken = parts.get(id) ?? [];
  parts.delete(id);
  return taken;
}

parentPort.on('message', (message) => {
  const { id, part, change, close, forget } = message;
  if (part !== undefined) parts.set(id, [...(parts.get(id) ?? []), ...part]);
  if (forget !== undefined) parts.delete(forget);
  if (close !== undefined) parentPort.postMessage((closeFile(close), { id }));
  if (change !== undefined) {
    parentPort.postMessage({ id, ...carryOut(message, [...takeParts(id), ...change]) });
  }
});
`;

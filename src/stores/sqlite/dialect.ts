import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

const statementsMax = 500

/** Lets Kysely speak to an open node:sqlite database. Kysely itself puts callers in line: there is one connection. */
export function createSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => createDriver(database),
    createIntrospector: db => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

function createDriver(database: DatabaseSync): Driver {
  const connection = createConnection(database)
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    // IMMEDIATE takes the write lock at once. Two processes that both read first and write later would end in SQLITE_BUSY,
    // which no time-out resolves (sqlite.org/lang_transaction.html).
    beginTransaction: async () => database.exec('begin immediate'),
    commitTransaction: async () => database.exec('commit'),
    // SQLite rolls back by itself on some errors (a full disk): a second roll-back would hide the first cause.
    rollbackTransaction: async () => {
      if (database.isTransaction) database.exec('rollback')
    },
    releaseConnection: async () => {},
    destroy: async () => database.close(),
  }
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  const statements = new Map<string, StatementSync>()
  const prepare = (text: string): StatementSync => {
    const known = statements.get(text)
    if (known !== undefined) return known
    if (statements.size >= statementsMax) statements.clear()
    const statement = database.prepare(text)
    statements.set(text, statement)
    return statement
  }
  return {
    executeQuery: async query => execute(prepare(query.sql), query),
    streamQuery() {
      throw new Error('the SQLite store does not stream')
    },
  }
}

function execute<Row>(statement: StatementSync, query: CompiledQuery): QueryResult<Row> {
  const parameters = query.parameters as readonly SQLInputValue[] // because the tables hold only text, numbers and null
  // Statements that give columns are asked for rows, also changes with a RETURNING.
  if (statement.columns().length > 0) return { rows: statement.all(...parameters) as Row[] } // because Kysely has typed the query
  const { changes } = statement.run(...parameters)
  return { rows: [], numAffectedRows: BigInt(changes) }
}

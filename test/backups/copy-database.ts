import { Client } from 'pg'

/**
 * Brings all rows of one database into another with the same schema, as a restored dump has them: constraints between tables
 * come back once the rows are there, and no trigger hears of them.
 */
export async function copyDatabase(fromUrl: string, toUrl: string): Promise<number> {
  const [from, to] = [new Client(fromUrl), new Client(toUrl)]
  await Promise.all([from.connect(), to.connect()])
  try {
    const tables = await namesOf(to)
    const foreign = await to.query<{ table: string; name: string; definition: string }>(`
      select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
      from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`)
    for (const { table, name } of foreign.rows) {
      await to.query(`alter table ${table} drop constraint "${name}"`)
    }
    let copied = 0
    for (const table of tables) copied += await copyTable(from, to, table)
    for (const { table, name, definition } of foreign.rows) {
      await to.query(`alter table ${table} add constraint "${name}" ${definition}`)
    }
    return copied
  } finally {
    await Promise.all([from.end(), to.end()])
  }
}

async function namesOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely%' order by 1`)
  return rows.map(({ name }) => name)
}

async function copyTable(from: Client, to: Client, table: string): Promise<number> {
  await to.query(`alter table "${table}" disable trigger user`)
  // What the migrations have put there comes from the other one, too.
  await to.query(`delete from "${table}"`)
  const { rows } = await from.query<{ row: string }>(
    `select row_to_json(kept_row)::text as row from "${table}" as kept_row`,
  )
  for (const { row } of rows) {
    await to.query(
      `insert into "${table}" overriding system value select * from json_populate_record(null::"${table}", $1)`,
      [row],
    )
  }
  await to.query(`alter table "${table}" enable trigger user`)
  const sequences = await to.query<{ column: string; name: string }>(
    `select attname as column, pg_get_serial_sequence($1, attname) as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped
       and pg_get_serial_sequence($1, attname) is not null`,
    [`"${table}"`],
  )
  for (const { column, name } of sequences.rows) {
    await to.query(
      `select setval('${name}', coalesce((select max("${column}") from "${table}"), 0) + 1)`,
    )
  }
  return rows.length
}

import { Client, escapeIdentifier, escapeLiteral, type ClientConfig } from 'pg'
import type { Secrets } from '../state.ts'

/** Makes the roles and databases that are not there yet; each role owns only its own. */
export async function createDatabases(superuser: ClientConfig, secrets: Secrets): Promise<void> {
  const client = new Client({ ...superuser, database: 'postgres' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await ensureRole(client, 'kiln', secrets.kilnDatabase)
    await ensureRole(client, 'temporal', secrets.temporalDatabase)
    await ensureRequestRole(client)
    await ensureDatabase(client, 'kiln', 'kiln')
    await ensureDatabase(client, 'temporal', 'temporal')
    await ensureDatabase(client, 'temporal_visibility', 'temporal')
  } finally {
    await client.end()
  }
}

async function ensureRole(client: Client, name: string, password: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name])
  const verb = rowCount === 0 ? 'create' : 'alter'
  await client.query(
    `${verb} role ${escapeIdentifier(name)} login password ${escapeLiteral(password)}`,
  )
}

/** What requests read in: it sees only the rows of its caller's projects. The migrations say which. */
async function ensureRequestRole(client: Client): Promise<void> {
  const { rowCount } = await client.query(`select 1 from pg_roles where rolname = 'kiln_request'`)
  if (rowCount === 0) await client.query('create role kiln_request nologin')
  await client.query('grant kiln_request to kiln')
}

async function ensureDatabase(client: Client, name: string, owner: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
  if (rowCount !== 0) return
  await client.query(`create database ${escapeIdentifier(name)} owner ${escapeIdentifier(owner)}`)
  await client.query(`revoke connect on database ${escapeIdentifier(name)} from public`)
}

import { Client } from 'pg'
import { run } from '../../process/run.ts'
import type { ComponentContext } from './context.ts'

/** Database → the schema of that name inside temporal-sql-tool. */
const schemas = {
  temporal: 'postgresql/v12/temporal',
  temporal_visibility: 'postgresql/v12/visibility',
} as const

/** Brings both databases to the newest schema of the resolved Temporal; does nothing when they are there. */
export async function updateSchemas(
  context: ComponentContext,
  postgresPort: number,
): Promise<void> {
  await Promise.all(
    Object.entries(schemas).map(async ([database, schema]) => {
      const tool = sqlTool(context, postgresPort, database)
      if (!(await hasSchema(context, postgresPort, database)))
        await tool(['setup-schema', '--version', '0.0'])
      await tool(['update-schema', '--schema-name', schema])
    }),
  )
}

function sqlTool(context: ComponentContext, port: number, database: string) {
  const environment = {
    ...context.settings.environment,
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(port),
    SQL_USER: 'temporal',
    SQL_PASSWORD: context.state.secrets.temporalDatabase,
    SQL_DATABASE: database,
  }
  return (args: readonly string[]) =>
    run(context.binary('temporal', 'temporal-sql-tool'), args, {
      limitMs: 120_000,
      environment,
      signal: context.signal,
    })
}

async function hasSchema(
  context: ComponentContext,
  port: number,
  database: string,
): Promise<boolean> {
  const password = context.state.secrets.temporalDatabase
  const client = new Client({ host: '127.0.0.1', port, user: 'temporal', password, database })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<{ found: boolean }>(
      `select to_regclass('schema_version') is not null as found`,
    )
    return rows[0]?.found === true
  } finally {
    await client.end()
  }
}

/** @throws when the variable is not set. */
export function readDatabaseUrl(env: Record<string, string | undefined> = process.env): string {
  const url = env['KILN_DATABASE_URL']
  if (!url)
    throw new Error('KILN_DATABASE_URL is not set: give the address of the Postgres database')
  return url
}

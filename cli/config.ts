import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the surroundings say, each variable once. What stands in the config file is read when it is needed. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  const home = env['HOME'] ?? homedir()
  const folder = set(env['XDG_CONFIG_HOME']) ?? join(home, '.config')
  return {
    server: set(env['KILN_SERVER']),
    token: set(env['KILN_TOKEN']),
    project: set(env['KILN_PROJECT']),
    file: join(folder, 'kiln', 'config.json'),
    locale: set(env['LC_ALL']) ?? set(env['LC_MESSAGES']) ?? set(env['LANG']) ?? 'C',
    /** See no-color.org: whatever it is set to. */
    colours: set(env['NO_COLOR']) === undefined && env['TERM'] !== 'dumb',
    registry: {
      username: set(env['KILN_REGISTRY_USERNAME']),
      password: set(env['KILN_REGISTRY_PASSWORD']),
      authority: set(env['KILN_REGISTRY_CA']),
      dockerConfig: join(set(env['DOCKER_CONFIG']) ?? join(home, '.docker'), 'config.json'),
    },
    /** For what a command line names: `--build-arg NAME` and `--secret id=…,env=NAME`. */
    variable: (name: string) => env[name],
    env,
  } as const
}

export type CliConfig = ReturnType<typeof readConfig>

/** An empty variable counts as none. */
function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

import type { ComponentContext } from './context.ts'

const host = '127.0.0.1'

/** The server's configuration file. Written as JSON, which is YAML. */
export function temporalConfig(
  context: ComponentContext,
  postgresPort: number,
  settingsFile: string,
): object {
  const { port, state } = context
  const frontend = `${host}:${port('temporal')}`
  const store = (databaseName: string, maxConns: number) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `${host}:${postgresPort}`,
      connectProtocol: 'tcp',
      user: 'temporal',
      password: state.secrets.temporalDatabase,
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: '1h',
    },
  })
  const service = (grpcPort: number, membershipPort: number) => ({
    rpc: { grpcPort, membershipPort, bindOnIP: host },
  })
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      // Fixed for the life of the database.
      numHistoryShards: 4,
      datastores: { default: store('temporal', 20), visibility: store('temporal_visibility', 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: host } },
    services: {
      frontend: service(port('temporal'), port('temporalFrontendMembership')),
      history: service(port('temporalHistory'), port('temporalHistoryMembership')),
      matching: service(port('temporalMatching'), port('temporalMatchingMembership')),
      worker: service(port('temporalWorker'), port('temporalWorkerMembership')),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: frontend,
        },
      },
    },
    dynamicConfigClient: { filepath: settingsFile, pollInterval: '1m' },
    dcRedirectionPolicy: { policy: 'noop' },
    publicClient: { hostPort: frontend },
  }
}

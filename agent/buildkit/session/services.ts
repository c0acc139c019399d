import { grpcCode } from '../error.ts'
import { HealthCheckResponse_ServingStatus, HealthDefinition } from '../gen/health.ts'
import { SecretsDefinition } from '../gen/secrets.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, ServedError, unary } from '../rpc/serve.ts'

/** Without it the daemon closes the session ten seconds after it was opened, in the middle of a longer build. */
export function health(): Handler {
  return unary(methodOf(HealthDefinition, HealthDefinition.methods.check), async () => ({
    status: HealthCheckResponse_ServingStatus.SERVING,
  }))
}

export function secrets(values: Readonly<Record<string, Uint8Array>>): Handler {
  return unary(methodOf(SecretsDefinition, SecretsDefinition.methods.getSecret), async ({ id }) => {
    const value = Object.hasOwn(values, id) ? values[id] : undefined
    if (value === undefined) throw new ServedError(grpcCode.notFound, `secret ${id} not found`)
    return { data: Buffer.from(value) }
  })
}

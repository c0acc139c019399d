import { prepareNamespace } from '../embedded/components/temporal-namespace.ts'
import { readSettings } from '../embedded/config.ts'
import { readTemporalAccessAlone } from '../temporal/temporal-access.ts'

const limitMs = 120_000

/**
 * Makes Kiln's namespace and its search attributes in a Temporal of your own:
 * `node tools/prepare-temporal.ts HOST:PORT NAMESPACE [DAYS]`. How it is reached and what lets Kiln in, the variables
 * `KILN_TEMPORAL_*` say as they do to server and worker.
 */
const [address, namespace, days = '7'] = process.argv.slice(2)
if (address === undefined || namespace === undefined || !(Number(days) >= 1)) {
  throw new Error(
    'name the address of Temporal, the namespace, and for how many days ended workflows are kept',
  )
}
const temporal = { address, ...readTemporalAccessAlone(readSettings().environment) }
await prepareNamespace(temporal, namespace, AbortSignal.timeout(limitMs), Number(days))
process.stdout.write(`namespace ${namespace} of ${address} is ready\n`)

import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { formatHistory } from './history.ts'

const [address = '', buildId = '', name = ''] = process.argv.slice(2)
if (name === '')
  throw new Error('usage: node tools/save-history.ts <temporal address> <build id> <name>')

/** Saves the history of an ended build for the replay test: run it for each path through the workflow that changes. */
const connection = await Connection.connect({ address })
const { workflow } = new Client({ connection, namespace: 'kiln' })
const history = await workflow.getHandle(buildId).fetchHistory()
// Stack traces of failures hold the path of this checkout, which is nobody's business.
const checkout = fileURLToPath(new URL('..', import.meta.url))
const text = formatHistory(history).replaceAll(checkout, '/kiln/')
await writeFile(new URL(`../test/replay/${name}.json`, import.meta.url), `${text}\n`)
await connection.close()

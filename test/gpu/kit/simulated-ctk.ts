import { readFile } from 'node:fs/promises'
import { run } from '../../../process/run.ts'
import { type CdiSpec, withConfig } from './simulated-node.ts'

/**
 * The real nvidia-ctk on a node with a simulated driver: what stands in for the driver is told its GPUs by a file, here
 * and in containers. Called as `simulated-ctk.ts <nvidia-ctk> <file> <argument of nvidia-ctk>...`.
 */
const [ctk = '', configFile = '', ...args] = process.argv.slice(2)
await readFile(configFile)
const { stdout } = await run(ctk, args, {
  limitMs: 30_000,
  maxOutput: 1024 ** 2,
  environment: { ...process.env, KILN_SIM_CONFIG: configFile },
})
// eslint-disable-next-line typescript/no-unsafe-type-assertion
process.stdout.write(JSON.stringify(withConfig(JSON.parse(stdout) as CdiSpec, configFile)))

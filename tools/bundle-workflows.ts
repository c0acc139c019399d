import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'

const target = new URL('../dist/workflows.js', import.meta.url)

/** Bundles the workflows once, for `KILN_WORKFLOW_BUNDLE`: a worker that is given it starts without a compiler. */
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
})
await mkdir(new URL('.', target), { recursive: true })
await writeFile(target, code)
process.stdout.write(`${fileURLToPath(target)}: ${code.length} bytes\n`)

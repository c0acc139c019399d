import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Farm, startFarm } from '../../farm.ts'
import type { SimulatedNodeConfig } from './node-classes.ts'
import { type CdiSpec, createSimulatedNode, type SimulatedNode } from './simulated-node.ts'
import { type GpuTools, resolveGpuTools } from './tools.ts'

/** A node's agent with a simulated driver. */
export interface GpuAgent {
  readonly node: SimulatedNode
  readonly environment: Readonly<Record<string, string>>
  /** Replaces what daemons know of the node's devices. */
  publish(spec: CdiSpec): Promise<void>
}

/** A whole farm whose node has simulated GPUs. */
export interface SimulatedFarm extends Farm {
  readonly tools: GpuTools
  readonly gpuAgent: GpuAgent
}

/** Lays out a node with simulated GPUs in an agent's directory. */
export async function createGpuAgent(
  { driver, nvidia, probe }: GpuTools,
  agentDir: string,
  config: SimulatedNodeConfig,
): Promise<GpuAgent> {
  const node = await createSimulatedNode(driver, nvidia, join(agentDir, 'gpu-root'), config)
  const cdi = join(agentDir, 'cdi')
  await mkdir(cdi)
  const publish = async (spec: CdiSpec) =>
    writeFile(join(cdi, 'simulated.json'), JSON.stringify(spec))
  await publish(node.spec)
  // The stand-in is told by a variable what the real one knows from its driver.
  const smi = join(node.root, 'nvidia-smi')
  await writeFile(
    smi,
    `#!/bin/sh\nKILN_SIM_CONFIG=${node.configFile} exec ${node.nvidiaSmi} "$@"\n`,
  )
  await chmod(smi, 0o755)
  return {
    node,
    publish,
    environment: {
      KILN_CUDA_PROBE_BIN: probe,
      KILN_GPU_ROOT: node.root,
      KILN_NVIDIA_SMI_BIN: smi,
      KILN_ALLOW_SIMULATED_GPU: 'true',
    },
  }
}

export async function startSimulatedFarm(
  config: SimulatedNodeConfig,
  environment: Readonly<Record<string, string>> = {},
): Promise<SimulatedFarm> {
  const tools = await resolveGpuTools()
  let gpuAgent: GpuAgent | undefined
  const farm = await startFarm({
    prepare: async (agentDir) => {
      gpuAgent = await createGpuAgent(tools, agentDir, config)
      return { ...gpuAgent.environment, ...environment }
    },
  })
  if (gpuAgent === undefined) throw new Error('the farm was not prepared')
  return { ...farm, tools, gpuAgent }
}

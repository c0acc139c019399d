export interface MigInstance {
  /** UUID of the GPU that it is a part of. */
  readonly gpu: string
  readonly uuid: string
  /** Such as `1g.10gb`. */
  readonly profile: string
}

const gpuLine = /^GPU \d+: .*\(UUID: (GPU-[^)]+)\)/
const migLine = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[^)]+)\)/

/** Reads `nvidia-smi -L`: each GPU, followed by its MIG instances. */
export function parseMigs(text: string): readonly MigInstance[] {
  let gpu = ''
  return text.split('\n').flatMap((line) => {
    gpu = gpuLine.exec(line)?.[1] ?? gpu
    const [, profile, uuid] = migLine.exec(line) ?? []
    return profile === undefined || uuid === undefined ? [] : [{ gpu, uuid, profile }]
  })
}

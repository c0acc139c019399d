/** Names that people know better otherwise, in the order in which they ask for them. The rest is left to the image's page. */
const known = [
  ['cuda', 'CUDA'],
  ['torch', 'PyTorch'],
  ['tensorflow', 'TensorFlow'],
  ['jax', 'JAX'],
  ['cupy', 'CuPy'],
  ['onnxruntime', 'ONNX Runtime'],
  ['cudnn', 'cuDNN'],
  ['python', 'Python'],
] as const

interface Software {
  readonly name: string
  readonly version: string
}

/** What of an image a person chooses it by. Pure. */
export function namedSoftware(software: readonly Software[]) {
  return known.flatMap(([name, label]) => {
    const found = software.find((one) => one.name === name)
    return found === undefined ? [] : [{ name, label, version: found.version }]
  })
}

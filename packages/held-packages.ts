import { nameOf } from './read-requirement.ts'

interface Family {
  /** Whoever asks for this asks for another of the family, and for the CUDA that goes with it. */
  readonly head: RegExp
  /** What of Python's packages belongs to it, as regular expressions of names. */
  readonly names: readonly string[]
}

/** What a base is built around. */
const families: readonly Family[] = [
  {
    head: /^torch$/,
    names: ['torch', 'torchvision', 'torchaudio', 'triton', 'pytorch-triton'],
  },
  {
    head: /^tensorflow(-gpu|-cpu)?$/,
    names: ['tensorflow', 'tensorflow-gpu', 'tensorflow-cpu'],
  },
  { head: /^jax(lib)?$/, names: ['jax', 'jaxlib', 'jax-cuda[0-9]*-(plugin|pjrt)'] },
  { head: /^cupy(-|$)/, names: ['cupy', 'cupy-cuda[0-9a-z]*'] },
  { head: /^onnxruntime(-gpu)?$/, names: ['onnxruntime', 'onnxruntime-gpu'] },
]

/** The wheels of CUDA that the frameworks rest on. */
const cudaWheels = ['nvidia-[a-z0-9._-]*', 'cuda-(bindings|toolkit|pathfinder)']

/**
 * Which of the packages that are on the base must stay as they are: the frameworks with their CUDA, but for what is asked for
 * by name. For `grep -E` over lines such as `torch==2.1.0`, where `_` may stand for `-`. Pure.
 */
export function heldPackages(requirements: readonly string[]): readonly string[] {
  const asked = new Set(requirements.map(nameOf))
  const held = families.filter(({ head }) => ![...asked].some((name) => head.test(name)))
  const names = held.flatMap((family) => family.names).filter((name) => !asked.has(name))
  const all = held.length === families.length ? [...names, ...cudaWheels] : names
  return all.map((name) => `^${name.replaceAll(/-(?![^[]*\])/g, '[-_.]')}==`)
}

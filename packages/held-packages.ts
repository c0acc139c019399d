import { nameOf } from './read-requirement.ts'

/** What a base is built around, and what of Python's packages belongs to each. Regular expressions of names. */
const families: readonly { readonly askedBy: RegExp; readonly names: readonly string[] }[] = [
  {
    askedBy: /^(torch|torchvision|torchaudio)$/,
    names: ['torch', 'torchvision', 'torchaudio', 'triton', 'pytorch-triton'],
  },
  {
    askedBy: /^tensorflow(-gpu|-cpu)?$/,
    names: ['tensorflow', 'tensorflow-gpu', 'tensorflow-cpu'],
  },
  { askedBy: /^jax(lib)?$/, names: ['jax', 'jaxlib', 'jax-cuda[0-9]*-(plugin|pjrt)'] },
  { askedBy: /^cupy(-|$)/, names: ['cupy', 'cupy-cuda[0-9a-z]*'] },
  { askedBy: /^onnxruntime(-gpu)?$/, names: ['onnxruntime', 'onnxruntime-gpu'] },
]

/** The wheels of CUDA that the frameworks rest on. */
const cudaWheels = ['nvidia-[a-z0-9._-]*', 'cuda-(bindings|toolkit|pathfinder)']

/**
 * Which of the packages that are on the base must stay as they are: the frameworks with their CUDA, unless a framework is
 * asked for by name. For `grep -E` over lines such as `torch==2.1.0`, where `_` may stand for `-`. Pure.
 */
export function heldPackages(requirements: readonly string[]): readonly string[] {
  const asked = requirements.map(nameOf)
  const kept = families.filter(({ askedBy }) => !asked.some((name) => askedBy.test(name)))
  const names = kept.flatMap((family) => family.names)
  const all = kept.length === families.length ? [...names, ...cudaWheels] : names
  return all.map((name) => `^${name.replaceAll(/-(?![^[]*\])/g, '[-_.]')}==`)
}

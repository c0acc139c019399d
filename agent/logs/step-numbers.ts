/** Numbers of the steps of one stage, counted from 1 in the order in which they are asked for. */
export interface StepNumbers {
  of(digest: string): number
}

export function createStepNumbers(): StepNumbers {
  const numbers = new Map<string, number>()
  return {
    of: (digest) => {
      const number = numbers.get(digest) ?? numbers.size + 1
      numbers.set(digest, number)
      return number
    },
  }
}

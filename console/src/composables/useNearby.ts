import { onScopeDispose, shallowRef, type VNodeRef } from 'vue'

/** How far out of sight something is still drawn, so that who scrolls meets no gap. */
const margin = '1200px 0px'

/**
 * Which parts of a long list are near enough to be drawn. Of one that has gone out of reach `gaps` has the height that it
 * had, by its number, so that nothing moves when its place stays empty. A new one is near until it is seen not to be.
 */
export function useNearby() {
  const gaps = shallowRef<ReadonlyMap<number, number>>(new Map())
  const numbers = new Map<Element, number>()
  const observer = new IntersectionObserver(
    (entries) => {
      const next = new Map(gaps.value)
      for (const { target, isIntersecting, boundingClientRect } of entries) {
        const number = numbers.get(target)
        if (number === undefined) continue
        if (isIntersecting) next.delete(number)
        else if (!next.has(number)) next.set(number, boundingClientRect.height)
      }
      gaps.value = next
    },
    { rootMargin: margin },
  )
  onScopeDispose(() => observer.disconnect())

  const elements = new Map<number, Element>()
  const refs = new Map<number, VNodeRef>()
  function follow(number: number, element: unknown): void {
    const known = elements.get(number)
    if (known === element) return
    if (known !== undefined) {
      observer.unobserve(known)
      numbers.delete(known)
      elements.delete(number)
    }
    if (!(element instanceof Element)) {
      gaps.value = new Map([...gaps.value].filter(([one]) => one !== number))
      return
    }
    numbers.set(element, number)
    elements.set(number, element)
    observer.observe(element)
  }

  /** What the element of a part is told by; the same function each time, or it would be let go and taken up again. */
  function refOf(number: number): VNodeRef {
    const known = refs.get(number) ?? ((element: unknown) => follow(number, element))
    refs.set(number, known)
    return known
  }
  return { gaps, refOf }
}

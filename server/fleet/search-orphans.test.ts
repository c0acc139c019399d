import { expect, it } from 'vitest'
import { createOrphanSearch, type OrphanPage } from './search-orphans.ts'

const ids = Array.from({ length: 120 }, (_, index) => String(index).padStart(3, '0'))
const readPage = async ({ after, limit }: OrphanPage) =>
  ids.filter((id) => id > after).slice(0, limit)

it('asks for each once, rests between pages, and begins anew after the last', async () => {
  const told: string[] = []
  const search = createOrphanSearch<string>({
    read: readPage,
    idOf: (id) => id,
    isOpen: async (id) => (told.push(id), id !== '070'),
    end: async (id) => void told.push(`end ${id}`),
    rest: async () => void told.push('rest'),
  })
  expect([await search(), await search(), await search()]).toEqual([true, true, false])
  expect(told.filter((one) => ids.includes(one))).toEqual(ids)
  expect(told.flatMap((one, at) => (one === 'rest' ? at : []))).toEqual([50, 102])
  expect(told).toContain('end 070')
  told.splice(0)
  await search()
  expect(told[0]).toBe('000')
})

it('looks again from the first when none was left after a full page', async () => {
  const pages: string[] = []
  const search = createOrphanSearch<string>({
    read: async (page) => (pages.push(page.after), page.after === '' ? ids.slice(0, 50) : []),
    idOf: (id) => id,
    isOpen: async () => true,
    end: async () => undefined,
    rest: async () => undefined,
  })
  expect([await search(), await search(), await search()]).toEqual([true, false, true])
  expect(pages).toEqual(['', '049', ''])
})

import { expect, it } from 'vitest'
import { homeProject, projectsToBuildIn } from './home-project.ts'

it('counts the projects in which somebody may build', () => {
  const projects = [
    { name: 'audio', role: 'viewer' },
    { name: 'speech', role: null },
    { name: 'text', role: 'admin' },
    { name: 'vision', role: 'builder' },
  ]
  expect(projectsToBuildIn(projects)).toEqual(['text', 'vision'])
})

it.each([
  { names: ['vision'], preferred: [''], home: 'vision' },
  { names: ['text', 'vision'], preferred: [''], home: '' },
  { names: ['default', 'vision'], preferred: [undefined], home: 'default' },
  { names: ['default', 'vision'], preferred: ['vision'], home: 'vision' },
  // Of a project that one only looks at nothing is preset.
  { names: ['text', 'vision'], preferred: ['audio', 'text'], home: 'text' },
  { names: [], preferred: ['audio'], home: '' },
])('of $names, $preferred preferred, takes "$home"', ({ names, preferred, home }) => {
  expect(homeProject(names, preferred)).toBe(home)
})

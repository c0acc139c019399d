import type { Texts } from '../../language.ts'

export const saving: Texts['saving'] = {
  tab: 'Save as image',
  help: 'Puts what this environment has written on top of the version that it was started from, as a layer. The environment stands still for a moment; what comes of it is verified before it is published, like any build.',
  resting: 'An environment can be saved once it has been started.',
  active: 'The environment is on its way: wait until it runs or has stopped.',
  looking: 'Looking at what the environment has written…',
  lookAgain: 'Look again',
  parent: 'On top of',
  written: 'Written',
  files: (files, size) => `${files} ${files === 1 ? 'file' : 'files'}, ${size} before compression`,
  deleted: 'Deleted or replaced',
  deletedOf: (count) => `${count} of the image`,
  disk: 'Disk of the node',
  diskOf: (needed, left) => `needs ${needed}, has ${left}`,
  registry: 'Registry quota of the project',
  registryLeft: (left) => (left === null ? 'unlimited' : `${left} left`),
  noRoom: 'There is no room for it',
  noRoomHelp:
    'Save fewer folders, or have somebody clear the disk of the node or raise the quota of the project.',
  folders: 'Folders to save',
  foldersHelp:
    'Of what is not checked the image has what it had before. Only the largest are listed.',
  nothing: 'The environment has written no files.',
  leftOut: 'Left out',
  leftOutHelp:
    'These look like secrets or like files of the GPU driver. Check one only if it is needed.',
  mounts: 'Mounted, and so not saved',
  mountSize: (type, size) => (size === null ? type : `${type}, ${size}`),
  dangling: 'Links that will lead nowhere',
  danglingHelp: 'They lead into volumes, which are not saved.',
  packages: 'Changes of packages',
  morePackages: (count) => `${count} more`,
  name: 'Save as',
  nameHelp: 'A new name, or one of an image that you have: that gets a new version.',
  squash: 'Make one layer of all saves',
  squashHelp: (saves) =>
    `Its image has layers of ${saves} ${saves === 1 ? 'save' : 'saves'} already. As one layer, files that were deleted take no space any more.`,
  submit: 'Save as image',
  again: 'Save again',
  gone: 'Its environment is gone, so it cannot be saved again',
  recipe: 'As a list of packages',
  recipeHelp:
    'Where only packages were installed, a build of the list is smaller, can be made again, and brings no stray files.',
  propose: 'Make the list',
  buildRecipe: 'Build with these packages',
  noPackages: 'No packages have come to it.',
  notCovered: 'Not in the list',
  notCoveredOf: (files, size) => `${files} ${files === 1 ? 'file' : 'files'}, ${size}`,
  notCoveredDeleted: (count) => `${count} ${count === 1 ? 'deletion' : 'deletions'}`,
  notCoveredPackages: (count) =>
    `${count} ${count === 1 ? 'package' : 'packages'} that no list can name`,
}

export const shell = {
  navigation: 'Navigation',
  menu: 'Open the navigation',
  skip: 'Skip to the content',
  project: 'Project',
  allProjects: 'All projects',
  chooseProject: 'Choose a project',
  light: 'Light theme',
  dark: 'Dark theme',
  operator: 'Operator',
  missed: 'This page could not be loaded',
  missedHelp: 'The connection was lost, or the console has just been updated.',
  offline: (since: string) =>
    `No connection to the server since ${since}: what is shown may be out of date. Trying again…`,
  reload: 'Reload',
}

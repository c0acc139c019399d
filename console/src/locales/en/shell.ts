export const shell = {
  navigation: 'Navigation',
  menu: 'Open the navigation',
  skip: 'Skip to the content',
  project: 'Project',
  allProjects: 'All projects',
  light: 'Light theme',
  dark: 'Dark theme',
  operator: 'Operator',
}

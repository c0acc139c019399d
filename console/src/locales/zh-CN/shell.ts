export const shell = {
  navigation: '导航',
  menu: '打开导航',
  skip: '跳到主要内容',
  project: '项目',
  allProjects: '全部项目',
  light: '切换到浅色',
  dark: '切换到深色',
  operator: '集群管理员',
  missed: '页面没有加载成功',
  missedHelp: '可能是连接中断，或者控制台刚刚更新。',
  offline: (since: string) => `自 ${since} 起连不上服务器，页面内容可能已过期，正在重试…`,
  reload: '重新加载',
}

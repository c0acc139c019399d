import { z } from 'zod'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router.ts'
import './styles/element.ts'
import './styles/theme.css'
import './styles/page.css'

// The policy of the page lets nobody make code from text, which schemas would otherwise try.
z.config({ jitless: true })

createApp(App).use(router).mount('#app')

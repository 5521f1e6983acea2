import { readFileSync } from 'node:fs'
import nodemailer from 'nodemailer'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))

// The setting: `accessUrl`.
const { transporter } = nodemailer.createTransport({
  service: 'gmail',
  auth: {
    type: 'OAuth2',
    user: 'ada@example.com',
    clientId: web.client_id,
    clientSecret: web.client_secret,
    refreshToken: process.env.REFRESH_TOKEN,
    accessUrl: `${emulator}/o/oauth2/token`,
  },
})
// What sendMail() does before it logs in to the mail server.
const login = await new Promise((resolve, reject) => {
  transporter.auth.oauth2.getToken(true, (error, token) => (error ? reject(error) : resolve(token)))
})
console.log('access token:', login.startsWith('ya29.'))

// Reads a document on standard input; prints what the official parser says of it and what it understood.
import { Parser } from '@asyncapi/parser'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString())
const told = diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path: path.join('.') }))
const channels = document?.channels().all().map((channel) => ({
  address: channel.address(),
  messages: channel.messages().all().map((message) => ({
    name: message.name(),
    contentType: message.contentType(),
    payload: message.payload()?.json().title,
    headers: message.headers()?.json().properties['content-type'].const,
    key: message.bindings().get('kafka')?.value().key.description,
  })),
}))
console.log(JSON.stringify({ diagnostics: told, channels: channels ?? [] }))

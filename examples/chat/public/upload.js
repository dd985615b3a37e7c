import { goToSignIn } from './connection.js'

export const fileBytesMax = 50 * 1024 * 1024

/** Sends a file as it is, with its progress (which fetch cannot tell). Resolves to what the server calls it, or to null. */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest()
  const done = new Promise(resolve => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total)
    request.onloadend = () => {
      if (request.status === 401) goToSignIn()
      resolve(request.status === 201 ? request.response : null)
    }
  })
  request.open('POST', '/api/files')
  request.responseType = 'json'
  request.setRequestHeader('content-type', file.type === '' ? 'application/octet-stream' : file.type)
  request.setRequestHeader('x-file-name', encodeURIComponent(file.name))
  request.send(file)
  return { done, abort: () => request.abort() }
}

import { expect, it } from 'vitest'
import { readMultistatus } from './multistatus.ts'

const listing = `<?xml version="1.0"?>
<D:multistatus xmlns:D="DAV:">
 <D:response><D:href>/remote.php/dav/files/ada/a%26b%20&amp;%20c/</D:href><D:propstat><D:prop><D:resourcetype><D:collection xmlns:D="DAV:"/></D:resourcetype><D:quota-available-bytes>-3</D:quota-available-bytes><D:getcontentlength/></D:prop></D:propstat></D:response>
 <D:response><D:href>http://host/x/%C3%9C.txt</D:href><D:propstat><D:prop><D:resourcetype/><D:getcontentlength>12</D:getcontentlength><D:getlastmodified>Sun, 01 Mar 2026 00:00:00 GMT</D:getlastmodified></D:prop></D:propstat></D:response>
</D:multistatus>`

async function* inPieces(text: string, size: number) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

it.for([1, 7, 10_000])('reads a listing that comes in pieces of %d bytes', async (size) => {
  expect(await Array.fromAsync(readMultistatus(inPieces(listing, size)))).toEqual([
    { path: '/remote.php/dav/files/ada/a&b & c/', isFolder: true, size: null, modified: null, available: -3 },
    { path: '/x/Ü.txt', isFolder: false, size: 12, modified: Date.parse('2026-03-01T00:00:00Z'), available: null },
  ])
})

it('takes neither a page nor half a listing for a listing', async () => {
  await expect(Array.fromAsync(readMultistatus(inPieces('<html>hello</html>', 5)))).rejects.toThrow()
  await expect(Array.fromAsync(readMultistatus(inPieces(listing.slice(0, -20), 50)))).rejects.toThrow()
  await expect(Array.fromAsync(readMultistatus(inPieces('x'.repeat(200_000), 5000)))).rejects.toThrow()
})

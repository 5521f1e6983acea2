import { pem } from './certificate.ts'

/**
 * The certificate of a key that never signs, published beside the signing key because Google publishes more keys than
 * it signs with. Its private half was discarded when this file was written, so it costs nothing at start and reveals
 * nothing.
 */
export const retiredCertificate = pem(
  'MIIC/zCCAeegAwIBAgIJAQh8TbIlNnFGMA0GCSqGSIb3DQEBCwUAMC4xLDAqBgNVBAMMI2ZlZGVyYXRlZC1zaWdub24uZW11bGF0' +
    'b3IubG9jYWxob3N0MB4XDTIwMDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowLjEsMCoGA1UEAwwjZmVkZXJhdGVkLXNpZ25vbi5l' +
    'bXVsYXRvci5sb2NhbGhvc3QwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCuyBcnWYVaZjvhvObvpEsioL9we40NsNR3' +
    'FCcpEK1pVbE6GYIusNYLc9n1ilFqle+r8xhtAoO2sazdYD5qo1/NUREdnrazQt+hn+wSwhl4JnHQ5xOcr26g/9v232iQwsHdSaMx' +
    'GTmiZTZLBx7lsMRGynV5cUw4UazokJ/bJYZdtVvVN1SBN9+dll+p3JGbRyr1rP73fpPkF9rcfIZIWdFI2QdZ0xUi3va5iuKDOdzl' +
    'mJ/I36VrKypsbOpM72feER38jQLWXxTirzZeAOnNk10/CCyPJZwQsiyGLwH5fYThs9PgznMLfqkPttIkk+htBB9HG72iA+DRXeST' +
    'Z9uau/bVAgMBAAGjIDAeMA4GA1UdDwEB/wQEAwIHgDAMBgNVHRMBAf8EAjAAMA0GCSqGSIb3DQEBCwUAA4IBAQCaaZNc5/jlhMHq' +
    'guZBErD8VbC//7ju6OCrVS8n9+FX9DdBzMPOWYCVmRSIciduhnBuL94cz1XcxGqthXI09t1jhWHPu7yeEYHozpnZteo3mG+Fgzd5' +
    'r31Qr0H0gWjBHhPj8UQ1ayjG5bGluyme6tJedgkPp/0N8C8O8fXqe/cJz6NbXlSTQPVqCSVbZGC2mjGW3o/+u01lKf0kYn/S2tHf' +
    'faoOKV50zw4Qlk8Wy1oA6p0DwuHXcqtrzR2HwrzmUozE2qumpDJL51Xzq18QBLqgIw5adVGJOqDmFI8PWBG9RJoJVuoa2y5qcXQO' +
    'UHbxnDjFSk3UXatB4zrsnk2YypiB',
)

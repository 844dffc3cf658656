module interop/tls

go 1.26

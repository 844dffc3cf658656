module certproof/xtask/interop

go 1.26

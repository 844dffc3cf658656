//! OpenSSL's base64 decoder: it skips blanks, stops at a dash, and wants whole groups of four.

/// None where OpenSSL says that the base64 is bad.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut group: Vec<u8> = Vec::new();
    let mut out = Vec::new();
    let mut padding = 0;
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                0
            }
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'-' => break,
            _ => return None,
        };
        // Nothing but padding follows padding, and there are two of it at most.
        if padding > 2 || padding > 0 && *byte != b'=' {
            return None;
        }
        group.push(value);
        if let [a, b, c, d] = group[..] {
            out.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            group.clear();
        }
    }
    if !group.is_empty() {
        return None;
    }
    out.truncate(out.len() - padding.min(out.len()));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn padding_ends_the_data_and_fills_its_group() {
        assert_eq!(decode(b"MIIB\nMA==\n"), Some(vec![0x30, 0x82, 0x01, 0x30]));
        assert_eq!(decode(b"MA=="), Some(vec![0x30]));
        assert_eq!(decode(b"MA==MA=="), None);
        assert_eq!(decode(b"MA="), None);
        assert_eq!(decode(b"MI!B"), None);
        assert_eq!(decode(b"MIIB-!"), Some(vec![0x30, 0x82, 0x01]));
    }
}

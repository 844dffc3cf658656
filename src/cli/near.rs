//! "Did you mean": ids that a misspelt one is near to.

/// The ids nearest to a word, best first: few edits apart, or with all of its parts in them.
pub(super) fn nearest<'a>(word: &str, ids: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const MOST: usize = 5;
    let word = word.to_ascii_lowercase();
    // Two slips in a short word make another word.
    let edits = (word.chars().count() / 4).clamp(1, 4);
    let parts: Vec<_> = word.split(['-', '_', ' ']).filter(|part| part.len() > 2).collect();
    let near = ids.into_iter().filter_map(|id| {
        let distance = strsim::osa_distance(&word, id);
        let has_all = !parts.is_empty() && parts.iter().all(|part| id.contains(part));
        (distance <= edits || has_all).then_some((distance, id))
    });
    let mut near: Vec<_> = near.collect();
    near.sort_unstable();
    near.into_iter().map(|(_, id)| id).take(MOST).collect()
}

/// " (did you mean `a` or `b`?)", and nothing where no id is near.
pub(super) fn did_you_mean<'a>(word: &str, ids: impl IntoIterator<Item = &'a str>) -> String {
    let near: Vec<_> = nearest(word, ids).into_iter().map(|id| format!("`{id}`")).collect();
    match near.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" (did you mean {only}?)"),
        Some((last, rest)) => format!(" (did you mean {} or {last}?)", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 4] = ["ca-expired", "ca-expires-soon", "leaf-expired", "pem-crlf"];

    #[test]
    fn a_slip_of_the_keys_is_near_and_another_word_is_not() {
        assert_eq!(nearest("ca-expried", IDS), ["ca-expired"]);
        assert_eq!(nearest("expired", IDS), ["ca-expired", "leaf-expired"]);
        assert_eq!(nearest("pem_crlf", IDS), ["pem-crlf"]);
        assert_eq!(nearest("frobnicate", IDS), [""; 0]);
    }

    #[test]
    fn what_is_near_is_asked_in_one_sentence() {
        assert_eq!(did_you_mean("leaf_expird", IDS), " (did you mean `leaf-expired`?)");
        assert_eq!(did_you_mean("expired", IDS), " (did you mean `ca-expired` or `leaf-expired`?)");
        assert_eq!(did_you_mean("x", IDS), "");
    }
}

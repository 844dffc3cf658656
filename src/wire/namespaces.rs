//! Which namespaces a request of Temporal's WorkflowService names, read off the bytes of its message.
//!
//! The bytes are walked instead of decoded, because every occurrence counts: of a field that comes twice, a parser keeps
//! the last or merges both, and parsers of other languages need not agree with ours on what else to forgive. What the
//! table does not lead to is skipped unread.
//!
//! Unseen stays what only its receiver can read: bytes and `google.protobuf.Any` (payloads, failure details, protocol
//! messages), tokens (the upstream holds a task token against the namespace of its request), and text that leads on (the
//! URLs of Nexus callbacks and links, the name of a Nexus endpoint, whose target the upstream knows).

use std::fmt;

use super::methods::METHODS;

/// A method of the WorkflowService.
#[derive(Debug)]
pub struct Method {
    /// As in the `:path` of a call.
    pub path: &'static str,
    pub class: Class,
    pub request_streams: bool,
    pub response_streams: bool,
    pub request: &'static Message,
}

/// What the front door does with calls of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// About the one namespace that its request names: for the upstream alone.
    Forwarded,
    /// What clients ask when they connect: for the upstream, and where there is none the door itself answers.
    Answered,
    /// About other namespaces, the namespace's own settings or the whole cluster: never forwarded.
    Refused,
}

/// A type of message, and those of its fields in which or below which a namespace is named.
pub struct Message {
    /// The full name in the protos.
    pub name: &'static str,
    pub fields: &'static [Field],
}

/// Messages may contain themselves, so their fields are not shown.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A field of a message; repeated or not is the same on the wire, and an entry of a map is a message.
#[derive(Debug)]
pub struct Field {
    pub number: u32,
    pub name: &'static str,
    pub holds: Holds,
}

#[derive(Debug, Clone, Copy)]
pub enum Holds {
    /// The name of a namespace.
    Name,
    /// The id of a namespace.
    Id,
    Message(&'static Message),
}

/// The method with that path, unless the protos have none.
pub fn lookup(path: &str) -> Option<&'static Method> {
    let at = METHODS.binary_search_by(|method| method.path.cmp(path)).ok()?;
    METHODS.get(at)
}

/// Admits a request message all of whose namespaces are ours, and which names one where its method demands it.
///
/// A nested field may be empty, which means "the same". A link to another namespace is refused like any other mention:
/// the documents do not say what the cloud does with one, and whoever looks for a leak wants the strict reading.
///
/// # Errors
/// With the first namespace that is not ours, the lack of one, or what makes the message malformed.
pub fn all_are(method: &Method, message: &[u8], ours: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    // Of a field that comes twice the upstream sees the last, so the last must be given.
    let (mut name_given, mut id_given) = (false, false);
    visit(method, message, &mut |named| {
        let given = !named.value.is_empty();
        match named.role {
            Role::OwnName => name_given = given,
            Role::OwnId => id_given = given,
            Role::Nested => {}
        }
        if given && !ours(named.value) {
            return Err(Refusal::Other { field: named.at.to_string(), value: named.value.to_owned() });
        }
        Ok(())
    })?;
    let demanded = method.request.fields.iter().any(|field| !matches!(field.holds, Holds::Message(_)));
    if demanded && !name_given && !id_given { Err(Refusal::NotGiven) } else { Ok(()) }
}

/// Shows every occurrence of a field that names a namespace, in the order of the bytes, empty ones too. Nothing is
/// allocated.
///
/// # Errors
/// When the message is malformed, and whatever `see` returns.
pub fn visit<'m, E: From<Malformed>>(
    method: &Method,
    message: &'m [u8],
    see: &mut impl FnMut(Named<'_, 'm>) -> Result<(), E>,
) -> Result<(), E> {
    walk(method.request, message, None, see)
}

/// One occurrence of a field that names a namespace.
#[derive(Debug, Clone, Copy)]
pub struct Named<'t, 'm> {
    pub at: At<'t>,
    pub role: Role,
    /// Empty when the field is there and says nothing.
    pub value: &'m str,
}

/// What a name is to its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The request's own namespace, by name.
    OwnName,
    /// The request's own namespace, by id.
    OwnId,
    /// In a message inside the request.
    Nested,
}

/// Where in a request a field is: `commands.start_child_workflow_execution_command_attributes.namespace`.
#[derive(Debug, Clone, Copy)]
pub struct At<'t> {
    above: Option<&'t At<'t>>,
    field: &'static Field,
    /// How many messages the field is in, without the request itself.
    depth: usize,
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            write!(f, "{above}.")?;
        }
        f.write_str(self.field.name)
    }
}

/// Why a request message is not let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("malformed request message: {0}")]
    Malformed(#[from] Malformed),
    #[error("the request names no namespace")]
    NotGiven,
    #[error("the field {field} of the request names the namespace {value:?}")]
    Other { field: String, value: String },
}

/// What no protobuf parser accepts, or not all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("it ends inside a field")]
    Truncated,
    #[error("a number in it has more than 64 bits")]
    LongVarint,
    #[error("fields have no number {0}")]
    FieldNumber(u64),
    #[error("field {number} cannot have the wire type {wire_type}")]
    WireType { number: u64, wire_type: u8 },
    #[error("messages are nested more than {DEEPEST} deep")]
    TooDeep,
    #[error("field {number} is not UTF-8")]
    NotUtf8 { number: u64 },
}

/// How deep messages may be nested in a request: what protobuf's C++ and Java parsers and prost read.
const DEEPEST: usize = 100;

/// The largest number of a field (Protocol Buffers, "Assigning Field Numbers").
const LARGEST_NUMBER: u64 = (1 << 29) - 1;

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const FIXED32: u8 = 5;

fn walk<'m, E: From<Malformed>>(
    message: &Message,
    mut bytes: &'m [u8],
    above: Option<&At<'_>>,
    see: &mut impl FnMut(Named<'_, 'm>) -> Result<(), E>,
) -> Result<(), E> {
    let depth = above.map_or(0, |above| above.depth + 1);
    if depth > DEEPEST {
        return Err(Malformed::TooDeep.into());
    }
    while !bytes.is_empty() {
        let (number, wire_type) = read_key(&mut bytes)?;
        let wrong_type = Malformed::WireType { number, wire_type };
        let value = match wire_type {
            VARINT => read_varint(&mut bytes).map(|_| None)?,
            FIXED64 => take(&mut bytes, 8).map(|_| None)?,
            FIXED32 => take(&mut bytes, 4).map(|_| None)?,
            LENGTH_DELIMITED => {
                let length = read_varint(&mut bytes)?;
                Some(take(&mut bytes, length)?)
            }
            // Groups. Proto3 has none, and parsers differ in how they skip those that they do not know.
            _ => return Err(wrong_type.into()),
        };
        let Some(field) = message.fields.iter().find(|field| u64::from(field.number) == number) else {
            continue;
        };
        let value = value.ok_or(wrong_type)?;
        let at = At { above, field, depth };
        let role = match (field.holds, above) {
            (Holds::Message(message), _) => {
                walk(message, value, Some(&at), see)?;
                continue;
            }
            (_, Some(_)) => Role::Nested,
            (Holds::Name, None) => Role::OwnName,
            (Holds::Id, None) => Role::OwnId,
        };
        let value = std::str::from_utf8(value).map_err(|_| Malformed::NotUtf8 { number })?;
        see(Named { at, role, value })?;
    }
    Ok(())
}

fn read_key(bytes: &mut &[u8]) -> Result<(u64, u8), Malformed> {
    let key = read_varint(bytes)?;
    let number = key >> 3;
    if !(1..=LARGEST_NUMBER).contains(&number) {
        return Err(Malformed::FieldNumber(number));
    }
    Ok((number, (key & 7) as u8))
}

fn read_varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Malformed::Truncated)?;
        *bytes = rest;
        // The tenth byte has room for one bit.
        if shift == 63 && byte > 1 {
            break;
        }
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Malformed::LongVarint)
}

fn take<'m>(bytes: &mut &'m [u8], length: u64) -> Result<&'m [u8], Malformed> {
    let length = usize::try_from(length).map_err(|_| Malformed::Truncated)?;
    let (value, rest) = bytes.split_at_checked(length).ok_or(Malformed::Truncated)?;
    *bytes = rest;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERVICE: &str = "/temporal.api.workflowservice.v1.WorkflowService";

    fn method(name: &str) -> &'static Method {
        lookup(&format!("{SERVICE}/{name}")).unwrap()
    }

    /// A length-delimited field with a number of up to 15 and a value of up to 16 KiB.
    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap();
        [&[number << 3 | 2, (length & 0x7F) as u8 | 0x80, (length >> 7) as u8], value].concat()
    }

    fn seen(name: &str, message: &[u8]) -> Result<Vec<(String, Role, String)>, Malformed> {
        let mut seen = Vec::new();
        visit(method(name), message, &mut |named| {
            seen.push((named.at.to_string(), named.role, named.value.to_owned()));
            Ok::<_, Malformed>(())
        })?;
        Ok(seen)
    }

    fn judged(name: &str, message: &[u8]) -> Result<(), Refusal> {
        all_are(method(name), message, |value| value == "ours")
    }

    fn other(field: &str, value: &str) -> Result<(), Refusal> {
        Err(Refusal::Other { field: field.to_owned(), value: value.to_owned() })
    }

    #[test]
    fn methods_are_in_the_order_that_lookup_needs_and_all_are_found() {
        assert!(METHODS.is_sorted_by(|one, next| one.path < next.path));
        assert!(METHODS.iter().all(|method| lookup(method.path).is_some_and(|found| found.path == method.path)));
        assert!(lookup("/temporal.api.operatorservice.v1.OperatorService/DeleteNamespace").is_none());
        assert!(lookup(&format!("{SERVICE}/startWorkflowExecution")).is_none());
        assert!(lookup("").is_none());
    }

    #[test]
    fn what_is_forwarded_names_its_namespace_at_the_top() {
        let named = |method: &Method| method.request.fields.iter().any(|field| matches!(field.holds, Holds::Name));
        let forwarded = |method: &&Method| method.class == Class::Forwarded;
        assert!(METHODS.iter().filter(forwarded).all(named));
        assert!(METHODS.iter().all(|method| !method.request_streams && !method.response_streams));
    }

    #[test]
    fn clients_can_connect_and_cannot_manage_namespaces() {
        for name in ["GetSystemInfo", "DescribeNamespace"] {
            assert_eq!(method(name).class, Class::Answered);
        }
        for name in ["ListNamespaces", "RegisterNamespace", "UpdateNamespace", "DeprecateNamespace", "GetClusterInfo"] {
            assert_eq!(method(name).class, Class::Refused);
        }
        assert_eq!(method("StartWorkflowExecution").class, Class::Forwarded);
    }

    #[test]
    fn a_command_that_starts_a_child_elsewhere_is_seen_with_its_path() {
        // commands (2) . start_child_workflow_execution_command_attributes (12) . namespace (1)
        let child = |namespace: &[u8]| field(2, &field(12, &field(1, namespace)));
        let path = "commands.start_child_workflow_execution_command_attributes.namespace";
        let message = [child(b"theirs"), field(9, b"ours")].concat();
        let expected = [(path, Role::Nested, "theirs"), ("namespace", Role::OwnName, "ours")];
        let expected = expected.map(|(path, role, value)| (path.to_owned(), role, value.to_owned()));
        assert_eq!(seen("RespondWorkflowTaskCompleted", &message), Ok(expected.to_vec()));
        assert_eq!(judged("RespondWorkflowTaskCompleted", &message), other(path, "theirs"));
        let same = [child(b""), child(b"ours"), field(9, b"ours")].concat();
        assert_eq!(judged("RespondWorkflowTaskCompleted", &same), Ok(()));
    }

    #[test]
    fn a_field_that_comes_twice_is_judged_twice() {
        let twice = |first: &[u8], last: &[u8]| [field(1, first), field(1, last)].concat();
        assert_eq!(judged("StartWorkflowExecution", &twice(b"ours", b"ours")), Ok(()));
        assert_eq!(judged("StartWorkflowExecution", &twice(b"ours", b"theirs")), other("namespace", "theirs"));
        assert_eq!(judged("StartWorkflowExecution", &twice(b"theirs", b"ours")), other("namespace", "theirs"));
        assert_eq!(judged("StartWorkflowExecution", &twice(b"", b"ours")), Ok(()));
        assert_eq!(judged("StartWorkflowExecution", &twice(b"ours", b"")), Err(Refusal::NotGiven));
    }

    #[test]
    fn a_namespace_must_be_given_where_the_request_has_a_field_for_it() {
        assert_eq!(judged("StartWorkflowExecution", b""), Err(Refusal::NotGiven));
        assert_eq!(judged("StartWorkflowExecution", &field(2, b"ours")), Err(Refusal::NotGiven));
        assert_eq!(judged("GetSystemInfo", b""), Ok(()));
    }

    #[test]
    fn a_namespace_described_by_id_is_judged_by_id() {
        assert_eq!(judged("DescribeNamespace", &field(2, b"ours")), Ok(()));
        assert_eq!(judged("DescribeNamespace", &[field(1, b"ours"), field(2, b"")].concat()), Ok(()));
        assert_eq!(
            judged("DescribeNamespace", &[field(1, b"ours"), field(2, b"theirs")].concat()),
            other("id", "theirs")
        );
        assert_eq!(judged("DescribeNamespace", b""), Err(Refusal::NotGiven));
    }

    #[test]
    fn what_parsers_refuse_or_read_in_different_ways_is_malformed() {
        use Malformed::*;
        let of = |message: &[u8]| seen("StartWorkflowExecution", message).err();
        assert_eq!(of(&[0x0A, 5, b'a']), Some(Truncated));
        assert_eq!(of(&[0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]), Some(Truncated));
        assert_eq!(of(&[0x18, 0x80]), Some(Truncated));
        assert_eq!(of(&[0x19, 1, 2, 3]), Some(Truncated));
        assert_eq!(of(&[0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2]), Some(LongVarint));
        assert_eq!(of(&[0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]), None);
        assert_eq!(of(&[0x02, 0]), Some(FieldNumber(0)));
        assert_eq!(of(&[0x82, 0x80, 0x80, 0x80, 0x10, 0]), Some(FieldNumber(1 << 29)));
        assert_eq!(of(&[0xFA, 0xFF, 0xFF, 0xFF, 0x0F, 0]), None);
        assert_eq!(of(&field(1, &[0xC3])), Some(NotUtf8 { number: 1 }));
    }

    #[test]
    fn a_field_of_the_table_is_length_delimited_and_groups_are_nowhere() {
        let wrong = |number, wire_type| Some(Malformed::WireType { number, wire_type });
        let of = |message: &[u8]| seen("StartWorkflowExecution", message).err();
        assert_eq!(of(&[0x08, 1]), wrong(1, 0));
        assert_eq!(of(&[0x09, 1, 2, 3, 4, 5, 6, 7, 8]), wrong(1, 1));
        assert_eq!(of(&[0x0D, 1, 2, 3, 4]), wrong(1, 5));
        assert_eq!(of(&[0x10, 1]), None);
        assert_eq!(of(&[0x13, 0x14]), wrong(2, 3));
        assert_eq!(of(&[0x14]), wrong(2, 4));
        assert_eq!(of(&[0x16]), wrong(2, 6));
    }

    #[test]
    fn a_number_in_more_bytes_than_it_needs_is_still_read() {
        let (key, length) = ([0x8A, 0x80, 0x00], [0x86, 0x00]);
        let message = [&key[..], &length[..], b"theirs"].concat();
        assert_eq!(judged("StartWorkflowExecution", &message), other("namespace", "theirs"));
    }

    #[test]
    fn a_failure_is_followed_through_its_causes_up_to_a_hundred_messages() {
        // failure (2) . cause (4) . ... . child_workflow_execution_failure_info (12) . namespace (1)
        let nested = |depth: usize| {
            let mut failure = field(12, &field(1, b"theirs"));
            for _ in 2..depth {
                failure = field(4, &failure);
            }
            field(2, &failure)
        };
        let name = "RespondActivityTaskFailed";
        assert_eq!(seen(name, &nested(100)).map(|seen| seen.len()), Ok(1));
        assert_eq!(seen(name, &nested(101)), Err(Malformed::TooDeep));
    }

    proptest! {
        #[test]
        fn random_bytes_are_read_without_a_panic(at in 0..METHODS.len(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = visit(&METHODS[at], &bytes, &mut |_| Ok::<_, Malformed>(()));
        }

        #[test]
        fn a_message_cut_anywhere_never_shows_a_name_that_it_does_not_have(cut in 0usize..40) {
            let message = [field(2, &field(12, &field(1, b"theirs"))), field(9, b"ours")].concat();
            let cut = &message[..cut.min(message.len())];
            let _ = visit(method("RespondWorkflowTaskCompleted"), cut, &mut |named| {
                assert!(["ours", "theirs"].contains(&named.value));
                Ok::<_, Malformed>(())
            });
        }
    }
}

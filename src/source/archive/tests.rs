#![allow(clippy::unwrap_used)]
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gz_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The members (path, text) and the notifications (kind, path).
type Opened = (Vec<(String, String)>, Vec<(NotificationKind, String)>);

fn open_with(name: &str, bytes: &[u8], limits: &ArchiveLimits) -> Opened {
    let mut members = Vec::new();
    let mut each = |file: SourceFile| members.push((file.target.path.as_str().to_owned(), file.text));
    let told = unpack(Ok(Cursor::new(bytes)), &Target::at(name), limits, &mut each);
    let path = |one: &Notification| one.path.as_ref().unwrap().as_str().to_owned();
    (members, told.iter().map(|one| (one.kind, path(one))).collect())
}

fn open(name: &str, bytes: &[u8]) -> Opened {
    open_with(name, bytes, &ArchiveLimits::new(1 << 20))
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn each_kind_is_opened() {
    let files: &[(&str, &[u8])] = &[("a/x.txt", b"one"), ("b.properties", "zwei é".as_bytes())];
    for (name, bytes) in [
        ("l/a.jar", zip_of(files)),
        ("l/a.ZIP", zip_of(files)),
        ("l/a.tar", tar_of(files)),
        ("l/a.tgz", gz_of(&tar_of(files))),
        ("l/a.gz", gz_of(&tar_of(files))),
        ("l/a.jar", [b"#!/bin/sh\nexec java -jar $0\n".to_vec(), zip_of(files)].concat()),
    ] {
        let (members, told) = open(name, &bytes);
        let wanted =
            [(format!("{name}!/a/x.txt"), "one".to_owned()), (format!("{name}!/b.properties"), "zwei é".to_owned())];
        assert_eq!((members, told), (wanted.to_vec(), Vec::new()), "{name}");
    }
    let (members, told) = open("app.log.gz", &gz_of(b"a line\n"));
    assert_eq!((members, told), (owned(&[("app.log.gz!/app.log", "a line\n")]), Vec::new()));
}

#[test]
fn archives_in_archives_are_opened_two_deep() {
    let third = zip_of(&[("deep.txt", b"deep")]);
    let second = gz_of(&tar_of(&[("c.zip", &third), ("b.txt", b"b")]));
    let first = zip_of(&[("b.tgz", &second), ("a.txt", b"a")]);
    let (members, told) = open("a.zip", &first);
    assert_eq!(
        members,
        owned(&[("a.zip!/b.tgz!/c.zip!/deep.txt", "deep"), ("a.zip!/b.tgz!/b.txt", "b"), ("a.zip!/a.txt", "a")])
    );
    assert_eq!(told, []);
    let (members, told) = open("z.zip", &zip_of(&[("a.zip", &first)]));
    assert_eq!(members.len(), 2);
    assert_eq!(told, [(NotificationKind::TooLarge, "z.zip!/a.zip!/b.tgz!/c.zip".to_owned())]);
}

#[test]
fn what_is_not_text_is_counted() {
    let (members, told) = open("a.jar", &zip_of(&[("A.class", &[0xca, 0xfe, 0, 0]), ("x", b"x")]));
    assert_eq!(members.len(), 1);
    assert_eq!(told, [(NotificationKind::Binary, "a.jar".to_owned())]);
}

#[test]
fn names_that_lead_elsewhere_stay_inside() {
    let (members, _) = open("a.zip", &zip_of(&[("../../etc/passwd", b"x"), ("/abs\\win", b"y")]));
    assert_eq!(members, owned(&[("a.zip!/etc/passwd", "x"), ("a.zip!/abs/win", "y")]));
}

#[test]
fn a_bomb_is_left_at_its_limit() {
    let zeros = vec![b'0'; 20 << 20];
    let limits = ArchiveLimits { member_bytes: 64 << 20, ..ArchiveLimits::new(0) };
    for (name, bytes) in [
        ("a.zip", zip_of(&[("a", &zeros), ("b", &zeros)])),
        ("a.tgz", gz_of(&tar_of(&[("a", &zeros), ("b", &zeros)]))),
        ("a.gz", gz_of(&zeros)),
    ] {
        let (members, told) = open_with(name, &bytes, &limits);
        assert!(members.is_empty());
        assert_eq!(told, [(NotificationKind::TooLarge, name.to_owned())]);
    }
    // As deep as it goes, and the budget is one for all.
    let inner = zip_of(&[("a", &zeros[..8 << 20]), ("b", &zeros[..8 << 20])]);
    let bomb = zip_of(&[("1.zip", &inner), ("2.zip", &inner)]);
    let (members, told) = open_with("a.zip", &bomb, &limits);
    assert!(members.len() <= 2, "{}", members.len());
    assert_eq!(told.len(), 1);
    let few = ArchiveLimits { members: 2, ..limits };
    let (members, told) = open_with("a.zip", &zip_of(&[("a", b"a"), ("b", b"b"), ("c", b"c")]), &few);
    assert_eq!((members.len(), told.len()), (2, 1));
    let small = ArchiveLimits { total_bytes: 1500, ..limits };
    let (members, told) = open_with("a.tar", &tar_of(&[("a", b"aaa"), ("b", b"bbb")]), &small);
    assert_eq!((members.len(), told.len()), (1, 1));
}

#[test]
fn a_member_over_the_limit_is_told_and_the_others_are_read() {
    let long = "x".repeat(2 << 20);
    for (name, bytes) in [
        ("a.zip", zip_of(&[("long", long.as_bytes()), ("b", b"b")])),
        ("a.tar", tar_of(&[("long", long.as_bytes()), ("b", b"b")])),
    ] {
        let (members, told) = open(name, &bytes);
        assert_eq!(members, [(format!("{name}!/b"), "b".to_owned())]);
        assert_eq!(told, [(NotificationKind::TooLarge, format!("{name}!/long"))]);
    }
    let (members, told) = open("long.gz", &gz_of(long.as_bytes()));
    assert_eq!((members.len(), told), (0, vec![(NotificationKind::TooLarge, "long.gz!/long".to_owned())]));
}

#[test]
fn damage_is_told_and_what_came_before_it_is_read() {
    let long: Vec<u8> = (0..100_000u32).flat_map(|n| n.to_string().into_bytes()).collect();
    let files: &[(&str, &[u8])] = &[("a", b"first"), ("b", &long)];
    for (name, bytes) in
        [("a.zip", zip_of(files)), ("a.tar", tar_of(files)), ("a.tgz", gz_of(&tar_of(files))), ("a.gz", gz_of(&long))]
    {
        for cut in [0, 1, 10, 100, 600, bytes.len() / 2, bytes.len() - 30, bytes.len() - 1] {
            let (_, told) = open(name, &bytes[..cut]);
            // A tar without its last, empty blocks is whole.
            let is_whole = name == "a.tar" && (cut == 0 || cut > bytes.len() - 1024);
            assert!(is_whole || !told.is_empty(), "{name} cut at {cut}");
        }
    }
    let (members, told) = open("a.tgz", &gz_of(&tar_of(files))[..40_000]);
    assert_eq!(members.first().map(|(path, _)| path.as_str()), Some("a.tgz!/a"));
    assert!(told.iter().all(|(kind, _)| *kind == NotificationKind::Unreadable));
    let mut flipped = zip_of(files);
    flipped[1000] ^= 0xff;
    assert!(!open("a.zip", &flipped).1.is_empty());
    for name in ["a.zip", "a.tar", "a.tgz", "a.gz", "a.whl"] {
        assert!(!open(name, b"this is not an archive at all").1.is_empty(), "{name}");
    }
}

#[test]
fn what_cannot_be_opened_is_told() {
    // General purpose bit 0 of the local and the central header says "encrypted".
    let mut bytes = zip_of(&[("a", b"secret")]);
    let central = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    assert_eq!(open("a.zip", &bytes), (Vec::new(), vec![(NotificationKind::Unsupported, "a.zip".to_owned())]));
    assert_eq!(open("a.tar.xz", b"\xfd7zXZ\0").1, [(NotificationKind::Unsupported, "a.tar.xz".to_owned())]);
}

#[test]
fn any_bytes_are_survived() {
    let whole = zip_of(&[("a.txt", b"some text"), ("b.tgz", &gz_of(&tar_of(&[("c", b"c")])))]);
    let tarball = gz_of(&tar_of(&[("a.txt", b"some text"), ("b.zip", &whole)]));
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..3_000 {
        let (name, whole) = [("a.zip", &whole), ("a.tgz", &tarball)][round % 2];
        let mut bytes = whole.clone();
        for _ in 0..1 + random(6) {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        bytes.truncate(bytes.len() - random(40));
        open(name, &bytes);
    }
}

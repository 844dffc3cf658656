//! Faults of the certificate filters.

use super::edits::{FILTERED, add_filter};
use super::files::filters;
use super::{Edit, Flaw, Wire};
use crate::cloud::Stage;
use crate::cloud::filter::{self, Field, FiltersFile, Target};

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "filter-file-unreadable",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replace(']', ""))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-field-unknown",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replacen('{', "{\n  \"comment\": \"ours\",", 1))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-empty",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, Vec::new())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-wildcard-invalid",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::Organization, "cert*proof".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-wildcard-invalid/alone",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, "*".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling",
        ground: FILTERED,
        edit: Edit::Files(|files| {
            filters(files, |text| text.replacen("{\n  \"filters\": ", "", 1).replace("\n}\n", "\n"))
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/cloud-cli",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |_| "{\"commonName\": \"orders*\"}\n".to_owned())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/cloud-api",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replacen("\"filters\"", "\"certificateFilters\"", 1))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/terraform",
        ground: FILTERED,
        edit: Edit::Files(|files| {
            let read = |text: &str| FiltersFile::read(text.as_bytes()).map(|file| file.filters()).unwrap_or_default();
            filters(files, |text| filter::write(&read(&text), Target::Terraform));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-list-empty",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |_| "certificate_filters = []\n".to_owned())),
        company: &["filter-spelling"],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-duplicate",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, recipe.namespace.clone())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-shadowed",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| {
            let name = (Field::CommonName, recipe.namespace.clone());
            add_filter(recipe, vec![name, (Field::OrganizationalUnit, "Payments".to_owned())]);
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-shadowed/case",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, recipe.namespace.to_uppercase())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-value-spaced",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::Organization, "certproof ".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-value-spaced/blank",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| {
            let blank = (Field::OrganizationalUnit, " ".to_owned());
            add_filter(recipe, vec![(Field::CommonName, "worker".to_owned()), blank]);
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-too-many",
        ground: |recipe| {
            FILTERED(recipe);
            (1..25).for_each(|number| add_filter(recipe, vec![(Field::CommonName, format!("worker-{number}"))]));
        },
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, "worker-25".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-no-match",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| {
            recipe.filters = Some(vec![vec![(Field::CommonName, "somebody-else".to_owned())]]);
        }),
        company: &[],
        wire: Wire::Refused(Stage::Filter),
    },
];

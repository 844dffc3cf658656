//! Faults of the certificate filters.

use super::edits::{FILTERED, add_filter};
use super::files::filters;
use super::{Edit, Flaw, Wire};
use crate::cloud::Stage;
use crate::cloud::filter::{self, Field, FiltersFile, Target};

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "filter-file-unreadable",
        title: "the filter file is no JSON",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replace(']', ""))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-field-unknown",
        title: "a filter has a field that does not exist",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replacen('{', "{\n  \"comment\": \"ours\",", 1))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-empty",
        title: "a filter has no field",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, Vec::new())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-wildcard-invalid",
        title: "a filter has its wildcard in the middle",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::Organization, "cert*proof".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-wildcard-invalid/alone",
        title: "a filter is a wildcard alone",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, "*".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling",
        title: "the filters are a bare list, without the object around it",
        ground: FILTERED,
        edit: Edit::Files(|files| {
            filters(files, |text| text.replacen("{\n  \"filters\": ", "", 1).replace("\n}\n", "\n"))
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/cloud-cli",
        title: "the filters are in the spelling of the Temporal CLI",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |_| "{\"commonName\": \"orders*\"}\n".to_owned())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/cloud-api",
        title: "the filters are in the spelling of the cloud API",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replacen("\"filters\"", "\"certificateFilters\"", 1))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/terraform",
        title: "the filters are in the spelling of Terraform",
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
        title: "Terraform's list of filters is empty",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |_| "certificate_filters = []\n".to_owned())),
        company: &["filter-spelling"],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-duplicate",
        title: "a filter is there twice",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, recipe.namespace.clone())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-shadowed",
        title: "a filter asks for more than another that is there",
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
        title: "two filters differ in case alone",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, recipe.namespace.to_uppercase())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-value-spaced",
        title: "a filter value ends with a space",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::Organization, "certproof ".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-value-spaced/blank",
        title: "a filter value is a space",
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
        title: "there are 26 filters",
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
        title: "no filter matches the client",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| {
            recipe.filters = Some(vec![vec![(Field::CommonName, "somebody-else".to_owned())]]);
        }),
        company: &[],
        wire: Wire::Refused(Stage::Filter),
    },
];

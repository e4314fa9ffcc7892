//! A Dockerfile as structure.

use crate::fact::{Known, Pos};
use crate::script::Script;
use crate::secret::Concealed;
use crate::workload::ImageRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dockerfile {
    /// The stages in order; the last one is what is built by default.
    #[serde(default)]
    pub stages: Known<Vec<Stage>>,
    /// The image that reads the file in the builder (`# syntax=docker/dockerfile:1`); nothing where the builder's own
    /// frontend does.
    #[serde(default)]
    pub syntax: Known<Option<String>>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name (`AS build`); nothing where it has none.
    pub name: Option<String>,
    /// What it is built on.
    pub base: Known<Base>,
    /// Where it begins.
    pub at: Pos,
    /// Its instructions in order, without FROM.
    pub instructions: Vec<Instruction>,
}

/// What a stage is built on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Nothing.
    Scratch,
    /// An earlier stage, by its index.
    Stage(usize),
    /// An image.
    Image(ImageRef),
}

/// An instruction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instruction {
    /// Upper case: `RUN`, `COPY`…; for `ONBUILD RUN` it is `ONBUILD RUN`.
    pub name: String,
    /// Where it begins.
    pub at: Pos,
    /// Flags, `--mount=type=cache` as (`mount`, `type=cache`), in order.
    pub flags: Vec<(String, String)>,
    /// What it does.
    pub what: What,
}

/// What an instruction does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// RUN, CMD, ENTRYPOINT, SHELL and HEALTHCHECK CMD in their exec form.
    Exec(Known<Vec<Concealed>>),
    /// RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD in their shell form.
    Shell(Script),
    /// COPY and ADD: the sources and the target, with ARG and ENV filled in.
    Copy {
        /// What is copied; heredocs are `<<NAME`.
        sources: Known<Vec<String>>,
        /// Where to.
        target: Known<String>,
    },
    /// ENV, ARG and LABEL: names and values; an ARG without a default has none.
    Set(Known<BTreeMap<String, Option<Concealed>>>),
    /// USER, WORKDIR, STOPSIGNAL, MAINTAINER, HEALTHCHECK NONE: the text, with ARG and ENV filled in.
    Text(Known<String>),
    /// EXPOSE and VOLUME: the items.
    List(Known<Vec<String>>),
}

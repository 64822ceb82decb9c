// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "native.hpp"

PYBIND11_MODULE(_native, m) {
  m.doc() = "The compiled part of flopwatch; the package's own modules are its interface.";
  flopwatch::python::bind_errors(m);
  flopwatch::python::bind_rules(m);
  flopwatch::python::bind_result(m);
  flopwatch::python::bind_captures(m);
  flopwatch::python::bind_reduction(m);
  flopwatch::python::bind_audits(m);
  flopwatch::python::bind_tree(m);
  flopwatch::python::bind_session(m);
  flopwatch::python::bind_scopes(m);
  flopwatch::python::bind_operator_table(m);
  flopwatch::python::bind_regions(m);
  flopwatch::python::bind_peaks(m);
  flopwatch::python::bind_cleanup(m);
  flopwatch::python::bind_block(m);
}

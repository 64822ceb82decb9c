# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Factorizations, solvers and Fourier transforms in real calls: estimates that are listed as such."""

import pytest
import torch

from operator_calls import FunctionModule, count_calls

N = 30
A, B = torch.randn(N, N), torch.randn(N, 4)
SPD = A @ A.T + N * torch.eye(N)

LU, TWO_TRIANGLES = 2 * N**3 // 3, 2 * N * N
# Name: (call, other FLOPs by paper, operators that do the work).
CASES = {
    "solve": (lambda: torch.linalg.solve(A, B), LU + 4 * TWO_TRIANGLES, {"linalg_lu_factor_ex", "linalg_lu_solve"}),
    "inv": (lambda: torch.linalg.inv(A), LU + N * TWO_TRIANGLES, {"linalg_lu_factor_ex", "linalg_lu_solve"}),
    "cholesky": (lambda: torch.linalg.cholesky(SPD), N**3 // 3, {"linalg_cholesky_ex"}),
    "cholesky_solve": (lambda: torch.cholesky_solve(B, SPD), 4 * TWO_TRIANGLES, {"cholesky_solve"}),
    "triangular": (
        lambda: torch.linalg.solve_triangular(A, B, upper=True),
        4 * N * N,
        {"linalg_solve_triangular"},
    ),
    "qr": (lambda: torch.linalg.qr(A), 2 * (4 * N**3 // 3), {"linalg_qr"}),
    "svd": (lambda: torch.linalg.svd(A), 21 * N**3, {"_linalg_svd"}),
    "svdvals": (lambda: torch.linalg.svdvals(A), 4 * N**3 - 4 * N**3 // 3, {"_linalg_svd"}),
    "eigh": (lambda: torch.linalg.eigh(SPD), 9 * N**3, {"_linalg_eigh"}),
    "eigvals": (lambda: torch.linalg.eigvals(A), 10 * N**3, {"linalg_eigvals"}),
    "lstsq": (
        lambda: torch.linalg.lstsq(A, B),
        4 * N**3 // 3 + 4 * (2 * N * N + N * N),
        {"linalg_lstsq"},
    ),
    "fft": (lambda: torch.fft.fft(torch.ones(3, 16, dtype=torch.complex64)), 3 * 5 * 16 * 4, {"_fft_c2c"}),
    "rfft2": (lambda: torch.fft.rfft2(torch.ones(3, 16, 8)), 3 * 5 * 64 * 7, {"_fft_r2c"}),
    "irfft": (lambda: torch.fft.irfft(torch.ones(3, 9, dtype=torch.complex64)), 3 * 5 * 8 * 4, {"_fft_c2r"}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_is_estimated_and_says_so(name):
    call, expected, names = CASES[name]
    result = count_calls(call)
    assert result.unsupported == []
    noted = [o for o in result.data["operators"] if o["note"]]
    assert {o["name"].split("::")[1].split(".")[0] for o in noted} == names
    assert sum(o["operator_other_flops"] for o in noted) == expected
    assert result.total.operator.macs == 0
    report = result.report()
    assert "Estimated operators" in report and all(o["name"] in report for o in noted)


def test_determinants_and_matrix_functions_are_opened():
    assert count_calls(lambda: torch.linalg.det(A)).total.operator.other_flops >= LU
    result = count_calls(lambda: torch.linalg.matrix_exp(A))
    assert result.total.operator.macs % N**3 == 0 and result.total.operator.macs > 0


def test_an_exact_count_has_no_estimates():
    assert "Estimated" not in FunctionModule.count(torch.mm, A, B).report()

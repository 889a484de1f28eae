import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.tails import beta_tail, count_quantile, count_tail, share_tail


def summed(count: int, mean: float, dispersion: float) -> float:
    size = 1 / dispersion
    below = sum(
        math.exp(
            math.lgamma(k + size)
            - math.lgamma(size)
            - math.lgamma(k + 1)
            + size * math.log(size / (size + mean))
            + k * math.log(mean / (size + mean))
        )
        for k in range(count)
    )
    return 1 - below


@pytest.mark.parametrize(
    ("count", "mean", "dispersion"), [(1, 0.2, 0.1), (8, 3.0, 0.5), (30, 20.0, 0.05), (43, 19.0, 0.1), (200, 90.0, 0.2)]
)
def test_the_tail_of_a_count_is_the_sum_of_its_probabilities(count: int, mean: float, dispersion: float) -> None:
    assert count_tail(count, mean, dispersion) == pytest.approx(summed(count, mean, dispersion), rel=1e-6)


def test_without_dispersion_the_count_is_poisson() -> None:
    poisson = 1 - sum(math.exp(-5.0) * 5.0**k / math.factorial(k) for k in range(9))
    assert count_tail(9, 5.0, 0.0) == pytest.approx(poisson, rel=1e-2)


def test_edges_of_the_tails() -> None:
    assert count_tail(0, 5.0, 0.1) == 1.0
    assert count_tail(3, 0.0, 0.1) == 0.0
    assert share_tail(0, 10, 0.5, 0.1) == 1.0
    assert beta_tail(2.0, 3.0, 0.0) == 0.0
    assert beta_tail(2.0, 3.0, 1.0) == 1.0


@given(mean=st.floats(0.01, 5000), dispersion=st.floats(0, 3), count=st.integers(1, 20_000))
def test_a_higher_count_is_never_more_probable(mean: float, dispersion: float, count: int) -> None:
    here, further = count_tail(count, mean, dispersion), count_tail(count + 1, mean, dispersion)
    assert 0.0 <= further <= here + 1e-9 <= 1.0 + 2e-9


@given(mean=st.floats(0.01, 2000), dispersion=st.floats(0, 2), probability=st.floats(0.01, 0.99))
def test_the_quantile_is_the_smallest_count_that_is_rarely_exceeded(
    mean: float, dispersion: float, probability: float
) -> None:
    found = count_quantile(probability, mean, dispersion)
    assert count_tail(found + 1, mean, dispersion) <= 1 - probability
    assert found == 0 or count_tail(found, mean, dispersion) > 1 - probability


def test_the_tail_of_a_share_is_binomial_and_grows_with_likeness() -> None:
    binomial = sum(math.comb(20, k) * 0.3**k * 0.7 ** (20 - k) for k in range(12, 21))
    assert share_tail(12, 20, 0.3, 0.0) == pytest.approx(binomial, rel=1e-9)
    assert share_tail(12, 20, 0.3, 0.1) > 5 * binomial

"""The first contact: the host answers, the passcode fits, and the account names its events.

Each failure here is a wrong setting, and told as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap import errors, logger

if TYPE_CHECKING:
    from tap_clevertap.api.client import Client
    from tap_clevertap.config.settings import Settings


def listed_events(settings: Settings, client: Client) -> list[str]:
    """Ask the account for its event types, in the order of their names: the run's first contact.

    An account that keeps its schema to itself has none, with a warning.

    Raises:
        SettingError: The first contact fails.
    """
    where = f"region, api_url: {settings.base_url}"
    try:
        schema = client.list_event_types()
    except errors.InvalidCredentials as error:
        msg = (
            f"account_id, passcode, region: {settings.base_url} refused them ({error}); give the "
            "Account ID and a passcode of that project, and the region of your dashboard's address"
        )
        raise errors.SettingError(msg) from None
    except (errors.ConnectionFailed, errors.TimedOut) as error:
        msg = f"{where} does not answer ({error}); check the name and the network"
        raise errors.SettingError(msg) from None
    except (
        errors.EmptyResponse,
        errors.InvalidResponse,
        errors.Redirected,
        errors.NotFound,
    ) as error:
        msg = f"{where} does not answer as CleverTap does ({error}); check the address"
        raise errors.SettingError(msg) from None
    except (errors.Forbidden, errors.MethodNotAllowed, errors.UnknownError) as error:
        logger.warning("the account's event schema cannot be read (%s)", error)
        return []
    return sorted({str(one["name"]) for one in schema if one.get("name")})

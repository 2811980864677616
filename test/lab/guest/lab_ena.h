/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an ENA device has beside its clock: a network interface, in Amazon's driver with counters of the clock's readings, and in the
 * mainline driver the devlink parameter enable_phc.
 * The interface carries nothing; it is there so that addresses, routes and the driver's name can be seen to come and go.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <net/devlink.h>

static netdev_tx_t lab_net_xmit(struct sk_buff *skb, struct net_device *net)
{
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops lab_net_ops = {
	.ndo_start_xmit = lab_net_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

#ifdef LAB_AS_MAINLINE_ENA

static const struct ethtool_ops lab_ethtool_ops = {
	.get_link = ethtool_op_get_link,
};

#else

/* Two of the counters that Amazon's driver has for the PHC: served, and refused while the device was blocked (ena_ethtool.c). */
static const char lab_counters[][ETH_GSTRING_LEN] = { "phc_cnt", "phc_skp" };

static int lab_counter_count(struct net_device *net, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(lab_counters) : -EOPNOTSUPP;
}

static void lab_counter_names(struct net_device *net, u32 set, u8 *names)
{
	if (set == ETH_SS_STATS)
		memcpy(names, lab_counters, sizeof(lab_counters));
}

static void lab_counter_values(struct net_device *net, struct ethtool_stats *stats, u64 *values)
{
	spin_lock_irq(&clock_lock);
	values[0] = reads - refused;
	values[1] = refused;
	spin_unlock_irq(&clock_lock);
}

static const struct ethtool_ops lab_ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_sset_count = lab_counter_count,
	.get_strings = lab_counter_names,
	.get_ethtool_stats = lab_counter_values,
};

#endif

static int lab_add_interface(struct lab_phc *phc, struct pci_dev *pdev)
{
	int error;

	phc->net = alloc_etherdev(0);
	if (!phc->net)
		return -ENOMEM;
	SET_NETDEV_DEV(phc->net, &pdev->dev);
	phc->net->netdev_ops = &lab_net_ops;
	phc->net->ethtool_ops = &lab_ethtool_ops;
	eth_hw_addr_random(phc->net);
	strscpy(phc->net->name, "ens%d", IFNAMSIZ);
	error = register_netdev(phc->net);
	if (error) {
		free_netdev(phc->net);
		phc->net = NULL;
	}
	return error;
}

static void lab_remove_interface(struct lab_phc *phc)
{
	if (!phc->net)
		return;
	unregister_netdev(phc->net);
	free_netdev(phc->net);
	phc->net = NULL;
}

#ifdef LAB_AS_MAINLINE_ENA

static bool device_has_phc = true;
module_param(device_has_phc, bool, 0644);
MODULE_PARM_DESC(device_has_phc, "0: setting enable_phc fails as on a device without PHC");

/* drivers/net/ethernet/amazon/ena/ena_devlink.c: a device without PHC refuses the parameter. */
static int lab_validate_enable_phc(struct devlink *devlink, u32 id, union devlink_param_value value,
				   struct netlink_ext_ack *extack)
{
	if (!value.vbool || device_has_phc)
		return 0;
	NL_SET_ERR_MSG_MOD(extack, "Device doesn't support PHC");
	return -EOPNOTSUPP;
}

enum { LAB_PARAM_ENABLE_PHC = DEVLINK_PARAM_GENERIC_ID_MAX + 1 };

static const struct devlink_param lab_devlink_params[] = {
	DEVLINK_PARAM_DRIVER(LAB_PARAM_ENABLE_PHC, "enable_phc", DEVLINK_PARAM_TYPE_BOOL,
			     BIT(DEVLINK_PARAM_CMODE_DRIVERINIT), NULL, NULL, lab_validate_enable_phc),
};

struct lab_devlink {
	struct pci_dev *pdev;
};

static int lab_reload_down(struct devlink *devlink, bool netns_change, enum devlink_reload_action action,
			   enum devlink_reload_limit limit, struct netlink_ext_ack *extack)
{
	struct lab_devlink *own = devlink_priv(devlink);
	struct lab_phc *phc = pci_get_drvdata(own->pdev);

	lab_remove_clock(phc, own->pdev);
	lab_remove_interface(phc);
	return 0;
}

static int lab_reload_up(struct devlink *devlink, enum devlink_reload_action action, enum devlink_reload_limit limit,
			 u32 *performed, struct netlink_ext_ack *extack)
{
	struct lab_devlink *own = devlink_priv(devlink);
	struct lab_phc *phc = pci_get_drvdata(own->pdev);
	union devlink_param_value enable;
	int error = lab_add_interface(phc, own->pdev);

	*performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);
	if (!error)
		error = devl_param_driverinit_value_get(devlink, LAB_PARAM_ENABLE_PHC, &enable);
	if (!error && enable.vbool)
		error = lab_add_clock(phc, own->pdev);
	return error;
}

static const struct devlink_ops lab_devlink_ops = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = lab_reload_down,
	.reload_up = lab_reload_up,
};

static int lab_add_devlink(struct lab_phc *phc, struct pci_dev *pdev)
{
	union devlink_param_value off = { .vbool = false };
	struct lab_devlink *own;
	int error;

	phc->devlink = devlink_alloc(&lab_devlink_ops, sizeof(*own), &pdev->dev);
	if (!phc->devlink)
		return -ENOMEM;
	own = devlink_priv(phc->devlink);
	own->pdev = pdev;
	devl_lock(phc->devlink);
	error = devl_params_register(phc->devlink, lab_devlink_params, ARRAY_SIZE(lab_devlink_params));
	if (!error)
		devl_param_driverinit_value_set(phc->devlink, LAB_PARAM_ENABLE_PHC, off);
	devl_unlock(phc->devlink);
	if (error) {
		devlink_free(phc->devlink);
		phc->devlink = NULL;
		return error;
	}
	devlink_register(phc->devlink);
	return 0;
}

static void lab_remove_devlink(struct lab_phc *phc)
{
	if (!phc->devlink)
		return;
	devlink_unregister(phc->devlink);
	devl_lock(phc->devlink);
	devl_params_unregister(phc->devlink, lab_devlink_params, ARRAY_SIZE(lab_devlink_params));
	devl_unlock(phc->devlink);
	devlink_free(phc->devlink);
	phc->devlink = NULL;
}

#else

static int lab_add_devlink(struct lab_phc *phc, struct pci_dev *pdev)
{
	return 0;
}

static void lab_remove_devlink(struct lab_phc *phc)
{
}

#endif

# The node directories are build contexts of their own and cannot share a file: here they are held
# against each other, so that only what must differ does.
use strict;
use warnings;

use Cwd qw(realpath);
use File::Basename qw(dirname);
use Test::More;

chdir realpath(dirname(__FILE__) . '/../..') or die;

my %nodes = (primary => 'primary', 'replica-one' => 'replica1', 'replica-two' => 'replica2');

sub slurp
{
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!\n";
	local $/;
	return scalar <$file>;
}

my %script = (
	'primary' => slurp('primary/init-primary.sh'),
	'replica-one' => slurp('replica-one/init-replica.sh'),
	'replica-two' => slurp('replica-two/init-replica.sh'),
);
is($script{'replica-one'}, $script{'replica-two'}, 'the replicas have the same script');
(my $as_replica = $script{primary}) =~ s/^(may_initialise\(\) \{\n    )true$/$1false/m;
is($as_replica, $script{'replica-one'}, 'the primary script differs in who may make a cluster only');
for (sort keys %script)
{
	ok(-x (glob "$_/init-*.sh")[0], "$_: its script can be run");
	ok($script{$_} !~ /^.{101}/m, "$_: no line is longer than 100 columns");
}

for my $directory (sort keys %nodes)
{
	is(slurp("$directory/pg_hba.conf"), slurp('primary/pg_hba.conf'), "$directory: same pg_hba.conf");

	my $name = $nodes{$directory};
	my $text = slurp("$directory/postgresql.conf");
	my $others = join ', ', grep { $_ ne $name } qw(primary replica1 replica2);
	my ($cluster_name) = $text =~ /^cluster_name = '(.*?)'/m;
	my ($names) = $text =~ /^synchronous_standby_names = '(.*?)'/m;
	is($cluster_name, $name, "$directory: cluster_name is the node's name");
	is($names, "FIRST 1 ($others)", "$directory: its commits wait for one of the others");
	ok($text !~ /^.{101}/m, "$directory: no line is longer than 100 columns");

	# With its own names replaced, every file is the primary's.
	my $like_primary = $text;
	$like_primary =~ s/^(# PostgreSQL configuration of the node )"\w+"/$1"primary"/m;
	$like_primary =~ s/^cluster_name = '\w+' */cluster_name = 'primary' /m;
	$like_primary =~ s/^(synchronous_standby_names = ).*/$1'FIRST 1 (replica1, replica2)'/m;
	(my $primary = slurp('primary/postgresql.conf')) =~ s/^cluster_name = 'primary' */cluster_name = 'primary' /m;
	is($like_primary, $primary, "$directory: nothing else differs");
	unlike($text, qr/password\s*=\s*'?\w*'?\s*$|PASSWORD/m, "$directory: no password");
}

(my $dockerfile = slurp('primary/Dockerfile')) =~ s/init-primary/init-replica/g;
is(slurp("$_/Dockerfile"), $dockerfile, "$_: its Dockerfile names another script, nothing else")
  for qw(replica-one replica-two);

SKIP:
{
	skip 'no shellcheck', 1 if system('command -v shellcheck >/dev/null 2>&1') != 0;
	is(system('shellcheck', glob('*/init-*.sh')), 0, 'shellcheck has nothing to say');
}

done_testing();
